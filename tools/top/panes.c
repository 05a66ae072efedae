/* SPDX-License-Identifier: MIT */
#include "tools/top/panes.h"

#include "tools/top/curve.h"
#include "tools/top/head.h"
#include "tools/top/parts.h"
#include "tools/top/siteview.h"

/* From these widths on there is a second, and a third, column. */
#define WIDE 110
#define WIDEST 190
#define GAP 2
#define CHART_MIN 6
#define CHART_MAX 18
/* Rates below the memory need a screen of so many rows. */
#define RATES_MIN 44
#define RATES_ROWS 7
/* Sites and a stack need the rows more than the chart does, while there are less. */
#define SITES_CHART_MIN 32
/* Title, titles of columns, a row. */
#define PART_MIN 3
/* From so many rows on the selected one is explained below them. */
#define EXPLAIN_MIN 9
#define EXPLAIN_ROWS 2

static void
draw_rates(struct mg_canvas *c, struct mg_pane at, const struct mg_curve *v, bool stacked)
{
	int width = stacked ? at.width : (at.width - GAP) / 2, height = at.height / 2;

	mg_curve_draw_allocs(c, at.row, at.col, width, stacked ? height : at.height, v);
	if (stacked)
		mg_curve_draw_frees(c, at.row + height, at.col, width, at.height - height, v);
	else
		mg_curve_draw_frees(c, at.row, at.col + width + GAP, width, at.height, v);
}

/* An older library does not tell how often it was asked. */
static bool
has_rates(const struct mg_detail *d)
{
	return d->n_points > 0 && d->points[d->n_points - 1].allocs > 0;
}

static void
draw_charts(const struct mg_detail *d, const struct mg_proc *p, struct mg_canvas *c,
    struct mg_pane at, bool has_room_below)
{
	struct mg_curve v = { .points = d->points,
		.n = d->n_points,
		.span_ms = mg_detail_span_ms(d),
		.limit_bytes = mg_procs_number(p, MG_REPLY_STAT_heap_limit_bytes) };
	struct mg_pane memory = at, rates = at;

	if (has_rates(d) && at.width >= WIDE) {
		memory.width = at.width * 5 / 8;
		rates.col += memory.width + GAP;
		rates.width -= memory.width + GAP;
		draw_rates(c, rates, &v, true);
	} else if (has_rates(d) && has_room_below) {
		memory.height -= RATES_ROWS;
		rates.row += memory.height;
		rates.height = RATES_ROWS;
		draw_rates(c, rates, &v, false);
	}
	mg_curve_draw_memory(c, memory.row, memory.col, memory.width, memory.height, &v);
}

/* The titles of all parts; that of the chosen one is in brackets. */
static void
draw_tabs(struct mg_canvas *c, struct mg_pane at, enum mg_detail_part chosen)
{
	int col = at.col;

	mg_canvas_paint(c, at.row, at.col, at.width, MG_STYLE_HEADING);
	for (int i = 0; i < MG_DETAIL_PARTS; i++) {
		const char *title = mg_parts_title((enum mg_detail_part)i);

		if (col + mg_canvas_width(c, title) + 2 > at.col + at.width)
			break;
		col = mg_canvas_print(c, at.row, col, MG_STYLE_HEADING,
			  i == (int)chosen ? "[%s]" : " %s ", title) +
		      1;
	}
}

static void
explain(const struct mg_detail *d, const struct mg_proc *p, struct mg_canvas *c, struct mg_pane at)
{
	char text[512];

	at.row += at.height - EXPLAIN_ROWS;
	at.height = EXPLAIN_ROWS;
	mg_parts_explain(d, p, d->part, d->cursor, text, sizeof text);
	mg_canvas_put_wrapped(c, at, MG_STYLE_DIM, text);
}

/* `from` and `rows` are of the part; the pane begins with the titles of its columns. */
static void
draw_rows(const struct mg_detail *d, const struct mg_proc *p, struct mg_canvas *c,
    struct mg_pane at, enum mg_detail_part part, size_t from, bool is_chosen)
{
	size_t n = mg_parts_rows(d, p, part), rows = (size_t)at.height - 1;

	mg_parts_draw_titles(c, at, part);
	for (size_t i = from; i < n && i - from < rows; i++) {
		at.row++;
		mg_parts_draw_row(d, p, c, at, part, i);
		if (is_chosen && i == d->cursor)
			mg_canvas_select(c, at.row, at.col, at.width);
	}
	if (n == 0)
		mg_canvas_put_cut(
		    c, at.row + 1, at.col, at.width, MG_STYLE_DIM, mg_parts_empty(d, part));
}

static void
draw_chosen(struct mg_detail *d, const struct mg_proc *p, struct mg_canvas *c, struct mg_pane at)
{
	size_t n = mg_parts_rows(d, p, d->part);

	draw_tabs(c, at, d->part);
	at.row++;
	at.height--;
	if (d->part == MG_DETAIL_PART_SITES) {
		mg_siteview_draw(d, p, c, at);
		return;
	}
	if (n > 0 && (at.height >= EXPLAIN_MIN || (size_t)at.height > n + EXPLAIN_ROWS)) {
		mg_detail_scroll(d, (size_t)(at.height - 1 - EXPLAIN_ROWS), n);
		explain(d, p, c, at);
		at.height -= EXPLAIN_ROWS;
	} else {
		mg_detail_scroll(d, (size_t)(at.height - 1), n);
	}
	draw_rows(d, p, c, at, d->part, d->top, true);
}

/* Title and rows of a part that was not chosen, as far as they fit; the rows that it took. */
static int
draw_companion(const struct mg_detail *d, const struct mg_proc *p, struct mg_canvas *c,
    struct mg_pane at, enum mg_detail_part part)
{
	size_t n = mg_parts_rows(d, p, part);
	int rows = 2 + (n > 0 ? (int)n : 1), col;

	rows = rows < at.height ? rows : at.height;
	col = mg_canvas_put(c, at.row, at.col, MG_STYLE_STRONG, mg_parts_title(part)) + 1;
	while (col < at.col + at.width)
		col = mg_canvas_glyph(c, at.row, col, MG_STYLE_DIM, 0x2500);
	at.row++;
	at.height = rows - 1;
	draw_rows(d, p, c, at, part, 0, false);
	return rows;
}

/* Parts from *next on, from top to bottom. */
static void
draw_companions(const struct mg_detail *d, const struct mg_proc *p, struct mg_canvas *c,
    struct mg_pane at, int *next)
{
	static const enum mg_detail_part order[] = { MG_DETAIL_PART_POLICIES, MG_DETAIL_PART_EVENTS,
		MG_DETAIL_PART_SETTINGS, MG_DETAIL_PART_STATISTICS };

	for (; *next < (int)(sizeof order / sizeof order[0]) && at.height >= PART_MIN; ++*next) {
		int rows;

		if (order[*next] == d->part)
			continue;
		rows = draw_companion(d, p, c, at, order[*next]) + 1;
		at.row += rows;
		at.height -= rows;
	}
}

/* The chosen part takes the rows that it needs; the others follow below it and in further columns.
 */
static void
draw_parts(struct mg_detail *d, const struct mg_proc *p, struct mg_canvas *c, struct mg_pane at)
{
	bool sites = d->part == MG_DETAIL_PART_SITES;
	int columns = at.width >= WIDEST ? 3 : at.width >= WIDE ? 2 : 1, next = 0, needed;
	struct mg_pane chosen = at, other = at;

	other.width = (at.width - GAP * (columns - 1)) / columns;
	chosen.width = other.width;
	if (sites) /* which have two columns of their own */
		chosen.width = columns == 3 ? at.width - GAP - other.width : at.width;
	needed = 2 + EXPLAIN_ROWS + (int)mg_parts_rows(d, p, d->part);
	if (!sites && needed + 1 + PART_MIN <= at.height)
		chosen.height = needed;
	draw_chosen(d, p, c, chosen);
	if (!sites) {
		other.row += chosen.height + 1;
		other.height -= chosen.height + 1;
		draw_companions(d, p, c, other, &next);
	}
	other.row = at.row;
	other.height = at.height;
	for (other.col += chosen.width + GAP; other.col + other.width <= at.col + at.width;
	     other.col += other.width + GAP)
		draw_companions(d, p, c, other, &next);
}

void
mg_panes_draw(struct mg_detail *d, const struct mg_proc *p, struct mg_canvas *c, int height)
{
	struct mg_pane charts = { MG_HEAD_ROWS, 0, 0, c->width }, parts = charts;
	int rest = height - MG_HEAD_ROWS;
	bool below = height >= RATES_MIN && c->width < WIDE;

	mg_head_draw(p, c);
	if (d->n_points > 0 && (d->part != MG_DETAIL_PART_SITES || rest >= SITES_CHART_MIN)) {
		charts.height = rest * 9 / 20;
		charts.height = charts.height > CHART_MAX ? CHART_MAX : charts.height;
		if (below)
			charts.height += RATES_ROWS;
	}
	if (charts.height >= CHART_MIN) {
		draw_charts(d, p, c, charts, below);
		parts.row += charts.height;
	}
	parts.height = height - parts.row;
	if (parts.height >= PART_MIN)
		draw_parts(d, p, c, parts);
}
