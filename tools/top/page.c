/* SPDX-License-Identifier: MIT */
#include "tools/top/page.h"

#include <stdio.h>
#include <string.h>

#include "shim/tables/config.h"
#include "tools/top/header.h"
#include "tools/top/help.h"
#include "tools/top/keys.h"
#include "tools/top/panes.h"
#include "tools/top/tableview.h"

/* Below this the header gives way to the rows. */
#define HEADER_MIN_HEIGHT 10
/* Of the rows, for the table above the columns that are chosen. */
#define CHOOSER_SHARE 4

static const struct hint {
	enum mg_keys_action action;
	int min_width; /* of the screen */
} table_hints[] = { { MG_KEYS_HELP, 0 }, { MG_KEYS_OPEN, 0 }, { MG_KEYS_SEARCH, 0 },
	{ MG_KEYS_FILTER, 0 }, { MG_KEYS_TREE, 0 }, { MG_KEYS_SORT_RIGHT, 100 },
	{ MG_KEYS_COLUMNS, 0 }, { MG_KEYS_SITES, 100 }, { MG_KEYS_COMPACT, 0 },
	{ MG_KEYS_PAUSE, 120 }, { MG_KEYS_BACK, 0 } },
  detail_hints[] = { { MG_KEYS_HELP, 0 }, { MG_KEYS_NEXT_PART, 0 }, { MG_KEYS_SITES, 0 },
	  { MG_KEYS_EDIT, 0 }, { MG_KEYS_COMPACT, 0 }, { MG_KEYS_ZOOM_OUT, 0 },
	  { MG_KEYS_PAUSE, 0 }, { MG_KEYS_BACK, 0 } };

static int
draw_hint(struct mg_canvas *c, int row, int col, enum mg_keys_action action)
{
	const struct mg_keys_row *k = mg_keys_row_of(action);
	size_t word = strcspn(k->help, " ,:.");

	if (col + (int)(strlen(k->printed) + 1 + word) > c->width)
		return col;
	col = mg_canvas_put(c, row, col, MG_STYLE_KEY, k->printed);
	return mg_canvas_put_n(c, row, col + 1, (int)word, MG_STYLE_PLAIN, k->help) + 2;
}

static void
draw_hints(const struct mg_model *m, struct mg_canvas *c, int row)
{
	bool table = m->page == MG_MODEL_TABLE;
	const struct hint *hints = table ? table_hints : detail_hints;
	size_t n = table ? sizeof table_hints / sizeof table_hints[0]
			 : sizeof detail_hints / sizeof detail_hints[0];
	int col = 0;

	if (m->paused)
		col = mg_canvas_put(c, row, col, MG_STYLE_WARN, "HELD") + 2;
	if (table && m->table.filter[0] != '\0')
		col = mg_canvas_field(c, row, col, "filter:", m->table.filter);
	for (size_t i = 0; i < n; i++)
		if (c->width >= hints[i].min_width)
			col = draw_hint(c, row, col, hints[i].action);
}

static void
draw_input(const struct mg_model *m, struct mg_canvas *c, int row)
{
	const struct mg_option *o = m->input == MG_MODEL_EDIT ? mg_config_find(m->setting) : NULL;
	int col;

	if (m->input == MG_MODEL_FILTER)
		col = mg_canvas_put(c, row, 0, MG_STYLE_KEY, "Filter: ");
	else if (m->input == MG_MODEL_SEARCH)
		col = mg_canvas_put(c, row, 0, MG_STYLE_KEY, "Search: ");
	else if (m->input == MG_MODEL_DELAY)
		col = mg_canvas_put(c, row, 0, MG_STYLE_KEY, "Delay (100ms to 1h): ");
	else if (o != NULL)
		col = mg_canvas_print(c, row, 0, MG_STYLE_KEY, "%s (%s): ", m->setting, o->accepts);
	else
		col = mg_canvas_print(c, row, 0, MG_STYLE_KEY, "%s: ", m->setting);
	/* What is accepted may be long; what is typed must be seen. */
	if (col > c->width / 2 && col + mg_canvas_width(c, m->typed) + 1 > c->width) {
		for (int x = 0; x < c->width; x++)
			mg_canvas_glyph(c, row, x, MG_STYLE_PLAIN, ' ');
		col = mg_canvas_print(c, row, 0, MG_STYLE_KEY, "%s: ", m->setting);
	}
	c->cursor_row = row;
	c->cursor_col = mg_canvas_put(c, row, col, MG_STYLE_STRONG, m->typed);
	if (m->input == MG_MODEL_SEARCH && m->search_missed)
		mg_canvas_put(c, row, c->cursor_col + 2, MG_STYLE_WARN, "no row has this");
}

static void
draw_message(const struct mg_model *m, struct mg_canvas *c, int row)
{
	for (int x = 0; x < c->width; x++)
		mg_canvas_glyph(c, row, x, MG_STYLE_PLAIN, ' ');
	mg_canvas_put_cut(c, row, 0, c->width, m->message_style, m->message);
}

static void
draw_bottom(const struct mg_model *m, struct mg_canvas *c, uint64_t now)
{
	int row = c->height - 1;

	/* Why what was typed is not accepted stands above it. */
	if (m->input != MG_MODEL_NO_INPUT && now < m->message_until_ns && row > 0)
		draw_message(m, c, row - 1);

	if (m->chooser.is_open)
		mg_chooser_draw_keys(c, row);
	else if (m->input != MG_MODEL_NO_INPUT)
		draw_input(m, c, row);
	else if (now < m->message_until_ns)
		draw_message(m, c, row);
	else if (m->asks_to_compact)
		mg_canvas_print(c, row, 0, MG_STYLE_WARN,
		    "Compact %d and push its cold pages to swap too? y: yes  any other key: no",
		    m->command_pid);
	else
		draw_hints(m, c, row);
}

static void
draw_nobody(const struct mg_model *m, struct mg_canvas *c, int row)
{
	if (m->procs.n > 0) {
		mg_canvas_print(
		    c, row, 2, MG_STYLE_PLAIN, "No process matches '%s'.", m->table.filter);
		return;
	}
	mg_canvas_put(c, row, 2, MG_STYLE_PLAIN, "No governed process is running.");
	mg_canvas_put(c, row + 1, 2, MG_STYLE_DIM, "Start one with:  memgov run -- COMMAND");
	mg_canvas_put_cut(c, row + 2, 2, c->width - 2, MG_STYLE_WARN, m->note);
}

static void
draw_table(struct mg_model *m, struct mg_canvas *c)
{
	int row = 0, height, chooser;

	if (c->height >= HEADER_MIN_HEIGHT && !m->chooser.is_open) {
		mg_header_draw(c, &m->machine, &m->procs);
		row = MG_HEADER_ROWS + 1;
	}
	height = c->height - row - 1;
	chooser = m->chooser.is_open ? height - height / CHOOSER_SHARE : 0;
	m->page_rows = height - chooser - 1;
	mg_tableview_draw(&m->table, c, row, height - chooser, true);
	if (m->chooser.is_open)
		mg_chooser_draw(&m->chooser, c, row + height - chooser, chooser);
	if (m->table.n == 0)
		draw_nobody(m, c, row + 2);
}

void
mg_page_draw(struct mg_model *m, struct mg_canvas *c, uint64_t now_ns)
{
	const struct mg_proc *p = mg_model_current(m);

	if (c->width < 1 || c->height < 1)
		return;
	if (m->help) {
		mg_help_draw(m, c);
		return;
	}
	if (m->page == MG_MODEL_DETAIL && p != NULL)
		mg_panes_draw(m->detail, p, c, c->height - 1);
	else
		draw_table(m, c);
	draw_bottom(m, c, now_ns);
}
