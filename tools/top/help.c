/* SPDX-License-Identifier: MIT */
#include "tools/top/help.h"

#include <string.h>

#include "tools/top/keys.h"
#include "tools/top/shares.h"

#define KEY_COL 2
#define HELP_COL 9
#define GAP 3

void
mg_help_open(struct mg_model *m)
{
	m->help = true;
	m->help_page = 0;
}

static bool
goes_back(enum mg_keys_action action)
{
	return action == MG_KEYS_UP || action == MG_KEYS_LEFT || action == MG_KEYS_PAGE_UP ||
	       action == MG_KEYS_HOME;
}

void
mg_help_key(struct mg_model *m, int key)
{
	enum mg_keys_action action = mg_keys_find(key);

	if (goes_back(action))
		m->help_page -= m->help_page > 0;
	else
		m->help_page++;
	if (m->help_page >= m->help_pages || action == MG_KEYS_BACK || action == MG_KEYS_HELP)
		m->help = false;
}

static bool
is_title(const struct mg_keys_row *k)
{
	return k->key == MG_KEY_NONE;
}

/* Rows of the list: titles, with a blank above, and keys with a name. */
static int
lines_of(size_t i)
{
	if (is_title(&mg_keys[i]))
		return 2;
	return mg_keys[i].printed[0] != '\0';
}

static int
longest_help(void)
{
	size_t most = 0;

	for (size_t i = 0; i < mg_keys_count; i++)
		most = strlen(mg_keys[i].help) > most ? strlen(mg_keys[i].help) : most;
	return (int)most;
}

static void
draw_row(const struct mg_keys_row *k, struct mg_canvas *c, int row, int col, int width)
{
	if (is_title(k)) {
		mg_canvas_put(c, row, col, MG_STYLE_TITLE, k->help);
		return;
	}
	mg_canvas_put(c, row, col + KEY_COL, MG_STYLE_KEY, k->printed);
	mg_canvas_put_cut(c, row, col + HELP_COL, width - HELP_COL, MG_STYLE_PLAIN, k->help);
}

static int
group_lines(size_t i)
{
	int n = lines_of(i);

	while (++i < mg_keys_count && !is_title(&mg_keys[i]))
		n += lines_of(i);
	return n;
}

/* A place on the pages. Panes of a page stand beside each other. */
struct place {
	int height, panes, width;
	int page, pane, row;
};

static void
next_pane(struct place *at)
{
	at->row = 0;
	if (++at->pane < at->panes)
		return;
	at->pane = 0;
	at->page++;
}

/* A group is not torn apart where it fits into a pane. */
static int
draw_list(struct mg_canvas *c, int top, struct place at, int page)
{
	for (size_t i = 0; i < mg_keys_count; i++) {
		int n = lines_of(i), need = is_title(&mg_keys[i]) ? group_lines(i) : n;

		if (n == 0)
			continue;
		if (at.row > 0 &&
		    (at.row + n > at.height || (need <= at.height && at.row + need > at.height)))
			next_pane(&at);
		/* No blank above the title at the top. */
		at.row += at.row > 0 ? n - 1 : 0;
		if (at.page == page)
			draw_row(
			    &mg_keys[i], c, top + at.row, at.pane * (at.width + GAP), at.width);
		at.row++;
	}
	return at.page + 1;
}

/* How a bar of the table is to be read. */
static void
draw_legend(struct mg_canvas *c, int row)
{
	int col = mg_canvas_put(c, row, KEY_COL, MG_STYLE_KEY, "USE");

	col = HELP_COL > col ? HELP_COL : col + 1;
	for (const struct mg_share *s = mg_shares; s < mg_shares + MG_SHARES; s++) {
		col = mg_canvas_glyph(c, row, col, s->style, s->glyph);
		col = mg_canvas_put(c, row, col + 1, MG_STYLE_PLAIN, s->name) + 2;
	}
	mg_canvas_put(c, row, col, MG_STYLE_PLAIN, "[in brackets: of the ceiling]");
}

void
mg_help_draw(struct mg_model *m, struct mg_canvas *c)
{
	int wide = HELP_COL + longest_help();
	struct place at = { .height = c->height - 3, .panes = c->width >= 2 * wide + GAP ? 2 : 1 };

	at.height = at.height > 2 ? at.height : 2;
	at.width = at.panes > 1 ? wide : c->width;
	mg_canvas_paint(c, 0, 0, c->width, MG_STYLE_HEADING);
	m->help_pages = draw_list(c, 1, at, m->help_page);
	mg_canvas_print(c, 0, 1, MG_STYLE_HEADING, "Keys of memgov-top");
	if (m->help_pages > 1)
		mg_canvas_print(c, 0, c->width - 6, MG_STYLE_HEADING, "%d of %d", m->help_page + 1,
		    m->help_pages);
	draw_legend(c, c->height - 2);
	mg_canvas_put(c, c->height - 1, 1, MG_STYLE_DIM,
	    m->help_page + 1 < m->help_pages ? "Any key goes on; q goes back."
					     : "Any key goes back.");
}
