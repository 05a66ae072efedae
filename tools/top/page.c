/* SPDX-License-Identifier: MIT */
#include "tools/top/page.h"

#include <stdio.h>
#include <string.h>

#include "shim/tables/config.h"
#include "tools/top/header.h"
#include "tools/top/keys.h"
#include "tools/top/panes.h"

/* Below this the header gives way to the rows. */
#define HEADER_MIN_HEIGHT 10

static const enum mg_keys_action table_hints[] = { MG_KEYS_HELP, MG_KEYS_OPEN, MG_KEYS_FILTER,
	MG_KEYS_SORT_RIGHT, MG_KEYS_REVERSE, MG_KEYS_COMPACT, MG_KEYS_PAUSE, MG_KEYS_BACK };
static const enum mg_keys_action detail_hints[] = { MG_KEYS_HELP, MG_KEYS_NEXT_PART, MG_KEYS_SITES,
	MG_KEYS_EDIT, MG_KEYS_COMPACT, MG_KEYS_ZOOM_OUT, MG_KEYS_PAUSE, MG_KEYS_BACK };

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
	const enum mg_keys_action *hints = table ? table_hints : detail_hints;
	size_t n = table ? sizeof table_hints / sizeof table_hints[0]
			 : sizeof detail_hints / sizeof detail_hints[0];
	int col = 0;

	if (m->paused)
		col = mg_canvas_put(c, row, col, MG_STYLE_WARN, "HELD") + 2;
	if (table && m->table.filter[0] != '\0')
		col = mg_canvas_field(c, row, col, "filter:", m->table.filter);
	for (size_t i = 0; i < n; i++)
		col = draw_hint(c, row, col, hints[i]);
}

static void
draw_input(const struct mg_model *m, struct mg_canvas *c, int row)
{
	const struct mg_option *o = m->input == MG_MODEL_EDIT ? mg_config_find(m->setting) : NULL;
	int col;

	if (m->input == MG_MODEL_FILTER)
		col = mg_canvas_put(c, row, 0, MG_STYLE_KEY, "Filter: ");
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
}

static void
draw_bottom(const struct mg_model *m, struct mg_canvas *c, uint64_t now)
{
	int row = c->height - 1;

	if (m->input != MG_MODEL_NO_INPUT)
		draw_input(m, c, row);
	else if (now < m->message_until_ns)
		mg_canvas_put_cut(c, row, 0, c->width, m->message_style, m->message);
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
	int row = 0;

	if (c->height >= HEADER_MIN_HEIGHT) {
		mg_header_draw(c, &m->machine, &m->procs);
		row = MG_HEADER_ROWS + 1;
	}
	m->page_rows = c->height - row - 2;
	mg_table_draw(&m->table, c, row, c->height - row - 1, true);
	if (m->table.n == 0)
		draw_nobody(m, c, row + 2);
}

static void
draw_legend(struct mg_canvas *c, int row)
{
	static const struct {
		uint32_t glyph;
		enum mg_style style;
		const char *name;
	} parts[] = {
		{ 0x2588, MG_STYLE_LIVE, "live" },
		{ 0x2593, MG_STYLE_CACHED, "cached" },
		{ 0x2592, MG_STYLE_PARKED, "parked" },
		{ 0x2591, MG_STYLE_DIM, "other" },
	};
	int col = mg_canvas_put(c, row, 1, MG_STYLE_KEY, "USE") + 5;

	for (size_t i = 0; i < 4; i++) {
		col = mg_canvas_glyph(c, row, col, parts[i].style, parts[i].glyph);
		col = mg_canvas_put(c, row, col + 1, MG_STYLE_PLAIN, parts[i].name) + 2;
	}
	mg_canvas_put(c, row, col, MG_STYLE_PLAIN, "[in brackets: of the ceiling]");
}

static void
draw_help(struct mg_canvas *c)
{
	int row = 1;

	mg_canvas_paint(c, 0, 0, c->width, MG_STYLE_HEADING);
	mg_canvas_put(c, 0, 1, MG_STYLE_HEADING, "Keys");
	for (size_t i = 0; i < mg_keys_count && row < c->height - 1; i++) {
		if (mg_keys[i].printed[0] == '\0')
			continue;
		mg_canvas_put(c, row, 1, MG_STYLE_KEY, mg_keys[i].printed);
		mg_canvas_put_cut(c, row++, 9, c->width - 9, MG_STYLE_PLAIN, mg_keys[i].help);
	}
	if (row < c->height - 1)
		draw_legend(c, row);
	mg_canvas_put(c, c->height - 1, 1, MG_STYLE_DIM, "Any key goes back.");
}

void
mg_page_draw(struct mg_model *m, struct mg_canvas *c, uint64_t now_ns)
{
	const struct mg_proc *p = mg_model_current(m);

	if (c->width < 1 || c->height < 1)
		return;
	if (m->help) {
		draw_help(c);
		return;
	}
	if (m->page == MG_MODEL_DETAIL && p != NULL)
		mg_panes_draw(m->detail, p, c, c->height - 1);
	else
		draw_table(m, c);
	draw_bottom(m, c, now_ns);
}
