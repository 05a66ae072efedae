/* SPDX-License-Identifier: MIT */
#include "tools/top/siteview.h"

#include <stdio.h>
#include <string.h>

#include "shim/base/text.h"
#include "tools/common/human.h"
#include "tools/top/chart.h"
#include "tools/top/keys.h"
#include "tools/top/parts.h"
#include "tools/top/siteline.h"

/* From this width on the stack stands beside the list. */
#define WIDE 120
#define STACK_MIN 48
/* With fewer rows there is no stack. */
#define STACK_ROWS_MIN 8
#define WHO_MIN 18

enum { VERDICT, LIVE, SHARE, BLOCKS, GROWTH, AGE, COLUMNS };

/* The higher the rank, the sooner it gives way; 0 stays. Behind them is who allocated. */
static const struct {
	const char *title;
	int width, rank;
	bool is_right;
} columns[COLUMNS] = {
	[VERDICT] = { "VERDICT", 7, 1, false },
	[LIVE] = { "LIVE", 5, 0, true },
	[SHARE] = { "SHARE", 8, 5, false },
	[BLOCKS] = { "BLOCKS", 6, 3, true },
	[GROWTH] = { "/MIN", 6, 2, true },
	[AGE] = { "AGE", 4, 4, true },
};

/* Which columns fit; the room that is left for who. */
static int
choose(int width, bool chosen[COLUMNS])
{
	for (int rank = 0; rank < COLUMNS; rank++) {
		for (int i = 0; i < COLUMNS; i++) {
			if (columns[i].rank != rank)
				continue;
			chosen[i] = rank == 0 || width - columns[i].width - 1 >= WHO_MIN;
			width -= chosen[i] ? columns[i].width + 1 : 0;
		}
	}
	return width;
}

static void
draw_titles(struct mg_canvas *c, struct mg_pane at, const bool chosen[COLUMNS], int who)
{
	int col = at.col;

	for (int i = 0; i < COLUMNS; i++) {
		if (!chosen[i])
			continue;
		if (columns[i].is_right)
			mg_canvas_put_right(
			    c, at.row, col, columns[i].width, MG_STYLE_DIM, columns[i].title);
		else
			mg_canvas_put(c, at.row, col, MG_STYLE_DIM, columns[i].title);
		col += columns[i].width + 1;
	}
	mg_canvas_put_cut(c, at.row, col, who, MG_STYLE_DIM, "WHO");
}

static enum mg_style
verdict_style(const struct mg_stacks_site *s)
{
	switch (s->trend.verdict) {
	case MG_TREND_SUSPECT: return MG_STYLE_BAD;
	case MG_TREND_GROWING: return MG_STYLE_WARN;
	default: return MG_STYLE_DIM;
	}
}

static void
print_cell(const struct mg_stacks_site *s, int column, struct mg_text *t)
{
	switch (column) {
	case VERDICT: mg_text_add(t, "%s", mg_trend_name(s->trend.verdict)); break;
	case LIVE: mg_text_add_human(t, s->live_bytes); break;
	case BLOCKS: mg_human_add_count(t, s->live_blocks); break;
	case GROWTH: mg_human_add_signed(t, s->trend.bytes_per_minute); break;
	case AGE: mg_text_add(t, "%s", mg_stacks_age(s)); break;
	default: break;
	}
}

static void
draw_site(const struct mg_stacks *st, size_t i, struct mg_canvas *c, struct mg_pane at,
    const bool chosen[COLUMNS], int who)
{
	const struct mg_stacks_site *s = &st->sites[i];
	char text[24];
	int col = at.col;

	for (int k = 0; k < COLUMNS; k++) {
		struct mg_chart_part share = { s->live_bytes, MG_STYLE_LIVE, 0x2588 };
		enum mg_style style = k == VERDICT ? verdict_style(s) : MG_STYLE_PLAIN;
		int width = columns[k].width;
		struct mg_text t;

		if (!chosen[k])
			continue;
		mg_text_init(&t, text, sizeof text);
		print_cell(s, k, &t);
		if (k == SHARE)
			mg_chart_bar(c, at.row, col, width, &share, 1, st->live_bytes);
		else if (columns[k].is_right)
			mg_canvas_put_right(c, at.row, col, width, style, text);
		else
			mg_canvas_put_n(c, at.row, col, width, style, text);
		col += width + 1;
	}
	mg_siteline_draw(&s->lines[s->culprit], c, at.row, col, who, MG_STYLE_STRONG);
}

static void
draw_list(struct mg_detail *d, struct mg_canvas *c, struct mg_pane at)
{
	const struct mg_stacks *st = &d->sites.stacks;
	size_t rows = (size_t)at.height - 1;
	bool chosen[COLUMNS];
	int who = choose(at.width, chosen);

	draw_titles(c, at, chosen, who);
	mg_detail_scroll(d, rows, st->n);
	for (size_t i = d->top; i < st->n && i - d->top < rows; i++) {
		at.row++;
		draw_site(st, i, c, at, chosen, who);
		if (i == d->cursor)
			mg_canvas_select(c, at.row, at.col, at.width);
	}
}

static void
draw_line(const struct mg_symbols_line *l, bool is_culprit, struct mg_canvas *c, struct mg_pane at)
{
	enum mg_style style = is_culprit    ? MG_STYLE_STRONG
			      : l->is_named ? MG_STYLE_PLAIN
					    : MG_STYLE_DIM;
	const char *note = l->is_replaced ? "(its file was replaced)"
			   : l->is_named  ? l->module
					  : "";
	int end = at.col + at.width, col;

	if (is_culprit)
		mg_canvas_glyph(c, at.row, at.col, MG_STYLE_KEY, '>');
	col = mg_siteline_draw(l, c, at.row, at.col + 2, at.width - 2, style) + 2;
	if (col + mg_canvas_width(c, note) <= end)
		mg_canvas_put(c, at.row, col, MG_STYLE_DIM, note);
}

/* "Stack 3-9 of 30: 5120 of 6000 blocks live, first 1m00s ago, last 10ms ago" */
static void
draw_stack_title(const struct mg_stacks_site *s, size_t from, size_t rows, struct mg_canvas *c,
    struct mg_pane at)
{
	char text[160];
	struct mg_text t;
	int col;

	mg_text_init(&t, text, sizeof text);
	mg_text_add(&t, "Stack");
	if (rows < s->n_lines)
		mg_text_add(&t, " %zu-%zu of %zu", from + 1, from + rows, s->n_lines);
	mg_text_add(&t, ": ");
	mg_human_add_count(&t, s->live_blocks);
	mg_text_add(&t, " of ");
	mg_human_add_count(&t, s->alloc_blocks);
	mg_text_add(&t, " blocks live, first ");
	mg_human_add_span(&t, s->first_ms);
	mg_text_add(&t, " ago, last ");
	mg_human_add_span(&t, s->last_ms);
	mg_text_add(&t, " ago");
	col = mg_canvas_put_cut(c, at.row, at.col, at.width, MG_STYLE_DIM, text) + 1;
	while (col < at.col + at.width)
		col = mg_canvas_glyph(c, at.row, col, MG_STYLE_DIM, 0x2500);
}

/* Closed, it shows what is around the culprit; open, it scrolls. */
static void
draw_stack(struct mg_detail *d, struct mg_canvas *c, struct mg_pane at)
{
	const struct mg_stacks_site *s = &d->sites.stacks.sites[d->cursor];
	size_t rows = (size_t)at.height - 1, last = s->n_lines > rows ? s->n_lines - rows : 0;
	size_t from = s->culprit > 1 ? s->culprit - 1 : 0;

	if (d->is_stack_open) {
		d->page = rows;
		d->stack_top = d->stack_top < last ? d->stack_top : last;
		from = d->stack_top;
	}
	from = from < last ? from : last;
	draw_stack_title(s, from, rows, c, at);
	for (size_t i = from; i < s->n_lines && i - from < rows; i++) {
		at.row++;
		draw_line(&s->lines[i], i == s->culprit, c, at);
	}
}

/* Where list and stack are in the pane; a stack of height 0 is not shown. */
static void
split(const struct mg_detail *d, struct mg_pane at, struct mg_pane *list, struct mg_pane *stack)
{
	size_t n = d->sites.stacks.n;
	int rows = at.height / 2;

	*list = *stack = at;
	if (d->is_stack_open)
		rows = 2;
	else if (at.width >= WIDE) {
		stack->width = at.width * 2 / 5 < STACK_MIN ? STACK_MIN : at.width * 2 / 5;
		list->width = at.width - stack->width - 3;
		stack->col += list->width + 3;
		return;
	} else if (at.height < STACK_ROWS_MIN) {
		stack->height = 0;
		return;
	} else if (n + 1 < (size_t)rows) {
		rows = (int)n + 1;
	}
	list->height = rows;
	stack->row += rows;
	stack->height -= rows;
}

static size_t
count_suspects(const struct mg_stacks *st)
{
	size_t n = 0;

	while (n < st->n && st->sites[n].trend.verdict == MG_TREND_SUSPECT)
		n++;
	return n;
}

/* "12.3M of 14M live estimated from 1234 samples, one every 512K; 1 suspect" */
static void
draw_summary(
    const struct mg_detail *d, const struct mg_proc *p, struct mg_canvas *c, struct mg_pane at)
{
	const struct mg_profile *profile = &d->sites.profile;
	size_t suspects = count_suspects(&d->sites.stacks);
	char text[160], found[32] = "";
	struct mg_text t;
	int col;

	mg_text_init(&t, text, sizeof text);
	mg_text_add_human(&t, d->sites.stacks.live_bytes);
	if (p->stats.has[MG_REPLY_STAT_live_bytes]) {
		mg_text_add(&t, " of ");
		mg_text_add_human(&t, mg_procs_number(p, MG_REPLY_STAT_live_bytes));
	}
	mg_text_add(&t, " live estimated from %lu samples, ", profile->live_samples);
	if (profile->sample_bytes > 0) {
		mg_text_add(&t, "one every ");
		mg_text_add_size(&t, profile->sample_bytes);
	} else {
		mg_text_add(&t, "sampling is off now");
	}
	if (suspects > 0)
		snprintf(found, sizeof found, "; %zu suspect%s", suspects, suspects > 1 ? "s" : "");
	col = mg_canvas_put_cut(
	    c, at.row, at.col, at.width - (int)strlen(found), MG_STYLE_PLAIN, text);
	mg_canvas_put(c, at.row, col, MG_STYLE_BAD, found);
}

/* Why there are no sites, and what to do about it. */
static void
draw_none(const struct mg_detail *d, struct mg_canvas *c, struct mg_pane at)
{
	const struct mg_profile *profile = &d->sites.profile;
	const char *key = mg_keys_row_of(MG_KEYS_EDIT)->printed;
	char text[160];
	struct mg_text t;

	if (d->missing[MG_ASK_PROFILE][0] != '\0' || !d->sites.has_profile) {
		mg_canvas_put_cut(c, at.row, at.col, at.width, MG_STYLE_DIM,
		    mg_parts_empty(d, MG_DETAIL_PART_SITES));
		return;
	}
	mg_text_init(&t, text, sizeof text);
	if (profile->sample_bytes == 0) {
		mg_text_add(&t, "Sampling is off. %s switches it on: type 512K.", key);
	} else {
		mg_text_add(&t, "No sample yet: one is taken every ");
		mg_text_add_size(&t, profile->sample_bytes);
		mg_text_add(&t, " that are allocated. %s changes that.", key);
	}
	mg_canvas_put_cut(c, at.row, at.col, at.width, MG_STYLE_PLAIN, text);
}

void
mg_siteview_draw(
    struct mg_detail *d, const struct mg_proc *p, struct mg_canvas *c, struct mg_pane at)
{
	struct mg_pane list, stack;
	int end = at.row + at.height;

	if (at.height < 4)
		return;
	if (d->sites.stacks.n == 0) {
		draw_none(d, c, at);
		return;
	}
	if (d->missing[MG_ASK_PROFILE][0] != '\0')
		mg_canvas_put_cut(
		    c, at.row, at.col, at.width, MG_STYLE_WARN, d->missing[MG_ASK_PROFILE]);
	else
		draw_summary(d, p, c, at);
	at.row++;
	at.height--;
	split(d, at, &list, &stack);
	draw_list(d, c, list);
	if (stack.height > 0)
		draw_stack(d, c, stack);
	for (int r = stack.row; stack.col > at.col && r < end; r++)
		mg_canvas_glyph(c, r, stack.col - 2, MG_STYLE_DIM, 0x2502);
}
