/* SPDX-License-Identifier: MIT */
#include "tools/top/tableview.h"

#include <stdio.h>
#include <string.h>

#include "tools/top/chart.h"
#include "tools/top/shares.h"

enum mg_style
mg_tableview_state_style(const struct mg_proc *p)
{
	const char *state = mg_procs_state(p);

	if (p->health == MG_HEALTH_SILENT || strcmp(state, "at-limit") == 0)
		return MG_STYLE_BAD;
	if (p->health == MG_HEALTH_STOPPED || strcmp(state, "pressure") == 0)
		return MG_STYLE_WARN;
	return strcmp(state, "active") == 0 ? MG_STYLE_GOOD : MG_STYLE_DIM;
}

/* What is shown of it is not how it is now. */
static bool
is_past(const struct mg_proc *p)
{
	return p->health != MG_HEALTH_ANSWERS && p->health != MG_HEALTH_NEW;
}

/* A bar in brackets is measured against the process's ceiling; one without, against the largest
 * process. */
void
mg_tableview_bar(
    const struct mg_proc *p, struct mg_canvas *c, int row, int col, int width, uint64_t largest)
{
	uint64_t footprint = mg_procs_number(p, MG_REPLY_STAT_heap_footprint_bytes);
	uint64_t limit = mg_procs_number(p, MG_REPLY_STAT_heap_limit_bytes), known = 0;
	struct mg_chart_part parts[MG_SHARES];

	for (int i = 0; i < MG_SHARES; i++) {
		uint64_t bytes = mg_procs_number(p, mg_shares[i].stat);

		if (i == MG_SHARE_OTHER)
			bytes = footprint > known ? footprint - known : 0;
		known += bytes;
		parts[i] = (struct mg_chart_part){ bytes, mg_shares[i].style, mg_shares[i].glyph };
	}
	if (limit > 0 && width > 4) {
		mg_canvas_put(c, row, col, MG_STYLE_DIM, "[");
		mg_canvas_put(c, row, col + width - 1, MG_STYLE_DIM, "]");
	}
	mg_chart_bar(c, row, col + 1, width - 2, parts, MG_SHARES, limit > 0 ? limit : largest);
}

/* The eye is led to what is there: figures that are nothing stand back. */
static enum mg_style
cell_style(const struct mg_table *t, const struct mg_proc *p, enum mg_column_id id)
{
	enum mg_column_form form = mg_columns[id].form;

	if ((id == MG_COLUMN_ID_refused || id == MG_COLUMN_ID_leaks) &&
	    mg_procs_number(p, mg_columns[id].stat) > 0)
		return MG_STYLE_BAD;
	if (form == MG_COLUMN_NAME)
		return t->filter[0] != '\0' && !mg_table_matches(p, t->filter) ? MG_STYLE_DIM
									       : MG_STYLE_STRONG;
	if (form == MG_COLUMN_USER)
		return p->is_of_another ? MG_STYLE_PLAIN : MG_STYLE_DIM;
	return form >= MG_COLUMN_BYTES && mg_columns_is_nothing(p, id) ? MG_STYLE_DIM
								       : MG_STYLE_PLAIN;
}

static void
draw_name(const struct mg_table *t, size_t i, struct mg_canvas *c, int row,
    const struct mg_layout_column *at)
{
	const struct mg_proc *p = t->rows[i];
	int end = at->col + at->width;
	int col = mg_tree_draw(&t->places[i], c, row, at->col, at->width);
	char name[96];

	if (t->places[i].hidden > 0)
		snprintf(name, sizeof name, "%s (+%zu)", mg_procs_command(p), t->places[i].hidden);
	else
		snprintf(name, sizeof name, "%s", mg_procs_command(p));
	mg_canvas_put_cut(c, row, col, end - col, cell_style(t, p, at->id), name);
}

static void
draw_cell(const struct mg_table *t, size_t i, struct mg_canvas *c, int row,
    const struct mg_layout_column *at, uint64_t largest)
{
	enum mg_column_form form = mg_columns[at->id].form;
	const struct mg_proc *p = t->rows[i];
	char buf[80];
	struct mg_text text;

	mg_text_init(&text, buf, sizeof buf);
	if (form != MG_COLUMN_BAR && form != MG_COLUMN_TREND)
		mg_columns_print(p, at->id, &text);
	if (form == MG_COLUMN_BAR)
		mg_tableview_bar(p, c, row, at->col, at->width, largest);
	else if (form == MG_COLUMN_TREND)
		mg_chart_spark(c, row, at->col, at->width, p->trend, p->n_trend);
	else if (form == MG_COLUMN_NAME)
		draw_name(t, i, c, row, at);
	else if (form == MG_COLUMN_STATE)
		mg_canvas_put_n(c, row, at->col, at->width, mg_tableview_state_style(p), buf);
	else if (mg_columns_is_left(at->id))
		mg_canvas_put_cut(c, row, at->col, at->width, cell_style(t, p, at->id), buf);
	else
		mg_canvas_put_right(c, row, at->col, at->width, cell_style(t, p, at->id), buf);
	/* Last figures of what does not answer; its state says so in colour. */
	if (is_past(p) && form != MG_COLUMN_STATE)
		mg_canvas_paint(c, row, at->col, at->width, MG_STYLE_DIM);
}

/* The arrow stands in the blank beside the title, so that no column needs room for it. */
static void
draw_title(
    const struct mg_table *t, struct mg_canvas *c, int row, const struct mg_layout_column *at)
{
	const char *title = mg_columns_title(at->id);
	bool left = mg_columns_is_left(at->id);
	int n = (int)strlen(title), col = left ? at->col : at->col + at->width - n;

	mg_canvas_put(c, row, col, MG_STYLE_HEADING, title);
	if (at->id == t->sort)
		mg_canvas_glyph(c, row, left ? col + n : col - 1, MG_STYLE_HEADING,
		    t->descending ? 0x25bc : 0x25b2);
}

static void
scroll(struct mg_table *t, size_t height)
{
	if (t->selected < t->top)
		t->top = t->selected;
	if (t->selected >= t->top + height)
		t->top = t->selected - height + 1;
	if (t->top + height > t->n)
		t->top = t->n > height ? t->n - height : 0;
}

static void
lay_out(struct mg_table *t, int width)
{
	struct mg_layout_wish wish = { .list = t->rows,
		.n = t->n,
		.width = width,
		.skip = t->skip,
		.sort = t->sort,
		.choice = &t->choice };

	for (size_t i = 0; i < t->n; i++) {
		int indent = mg_tree_indent(&t->places[i]);

		wish.indent = indent > wish.indent ? indent : wish.indent;
	}
	mg_layout_make(&t->layout, &wish);
}

static uint64_t
largest_footprint(const struct mg_table *t)
{
	uint64_t largest = 0;

	for (size_t i = 0; i < t->n; i++) {
		uint64_t footprint =
		    mg_procs_number(t->rows[i], MG_REPLY_STAT_heap_footprint_bytes);

		largest = footprint > largest ? footprint : largest;
	}
	return largest;
}

void
mg_tableview_draw(struct mg_table *t, struct mg_canvas *c, int row, int height, bool with_selection)
{
	uint64_t largest = largest_footprint(t);

	t->row = row;
	t->height = height;
	if (height < 2)
		return;
	lay_out(t, c->width);
	mg_canvas_paint(c, row, 0, c->width, MG_STYLE_HEADING);
	for (size_t i = 0; i < t->layout.n; i++)
		draw_title(t, c, row, &t->layout.shown[i]);
	scroll(t, (size_t)height - 1);
	for (size_t r = t->top; r < t->n && r - t->top < (size_t)height - 1; r++) {
		int y = row + 1 + (int)(r - t->top);

		for (size_t i = 0; i < t->layout.n; i++)
			draw_cell(t, r, c, y, &t->layout.shown[i], largest);
		if (with_selection && t->rows[r]->pid == t->selected_pid)
			mg_canvas_select(c, y, 0, c->width);
	}
}
