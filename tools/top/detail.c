/* SPDX-License-Identifier: MIT */
#include "tools/top/detail.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shim/base/text.h"
#include "tools/common/human.h"
#include "tools/top/chart.h"
#include "tools/top/parts.h"
#include "tools/top/table.h"

#define HEAD_ROWS 4
#define CHART_MIN 5
#define CHART_MAX 16

void
mg_detail_open(struct mg_detail *d, int pid)
{
	enum mg_detail_part part = d->part;

	memset(d, 0, offsetof(struct mg_detail, policies));
	d->pid = pid;
	d->part = part;
}

static void
take_policies(struct mg_detail *d, char *body)
{
	char *line;

	d->n_policies = 0;
	while (d->n_policies < MG_DETAIL_POLICIES && (line = mg_reply_line(&body)) != NULL)
		if (mg_reply_parse_policy(line, &d->policies[d->n_policies]) == 0)
			d->n_policies++;
}

/* Latest first. An event that has repeated is sent in its old place with its new age. */
static void
insert_event(struct mg_detail *d, const struct mg_reply_event *e)
{
	size_t i = 0;

	while (i < d->n_events && d->events[i].age_ms < e->age_ms)
		i++;
	if (i == MG_DETAIL_EVENTS)
		return;
	if (d->n_events == MG_DETAIL_EVENTS)
		d->n_events--;
	memmove(d->events + i + 1, d->events + i, (d->n_events - i) * sizeof *e);
	d->events[i] = *e;
	d->n_events++;
}

static void
take_events(struct mg_detail *d, char *body)
{
	struct mg_reply_event e;
	char *line;

	d->n_events = 0;
	while ((line = mg_reply_line(&body)) != NULL)
		if (mg_reply_parse_event(line, &e) == 0)
			insert_event(d, &e);
}

static void
take_settings(struct mg_detail *d, char *body)
{
	char *line;

	d->n_settings = 0;
	while (d->n_settings < MG_DETAIL_SETTINGS && (line = mg_reply_line(&body)) != NULL) {
		struct mg_detail_setting *s = &d->settings[d->n_settings];
		const char *value = mg_reply_value(line);

		snprintf(s->name, sizeof s->name, "%s", line);
		snprintf(s->value, sizeof s->value, "%s", value != NULL ? value : "");
		d->n_settings++;
	}
}

void
mg_detail_reply(struct mg_detail *d, enum mg_ask ask, int result, char *text)
{
	d->missing[ask][0] = '\0';
	if (result != 0)
		snprintf(d->missing[ask], sizeof d->missing[ask], "not available: %s", text);
	else if (ask == MG_ASK_POLICIES)
		take_policies(d, text);
	else if (ask == MG_ASK_EVENTS)
		take_events(d, text);
	else if (ask == MG_ASK_CONFIG)
		take_settings(d, text);
	else if (ask == MG_ASK_HISTORY)
		d->n_points = mg_reply_parse_history(text, d->points, MG_DETAIL_POINTS);
}

void
mg_detail_show(struct mg_detail *d, enum mg_detail_part part)
{
	d->part = part;
	d->cursor = d->top = 0;
}

void
mg_detail_move(struct mg_detail *d, const struct mg_proc *p, long by)
{
	long n = (long)mg_parts_rows(d, p, d->part), to = (long)d->cursor + by;

	d->cursor = (size_t)(to < 0 || n == 0 ? 0 : to >= n ? n - 1 : to);
}

const struct mg_detail_setting *
mg_detail_selected(const struct mg_detail *d)
{
	if (d->part != MG_DETAIL_PART_SETTINGS || d->cursor >= d->n_settings)
		return NULL;
	return &d->settings[d->cursor];
}

static int
field(struct mg_canvas *c, int row, int col, const char *name, const struct mg_text *value)
{
	return mg_canvas_field(c, row, col, name, value->buf);
}

static int
bytes_field(
    struct mg_canvas *c, int row, int col, const char *name, const struct mg_proc *p, size_t stat)
{
	char buf[16];
	struct mg_text t;

	mg_text_init(&t, buf, sizeof buf);
	if (p->stats.has[stat])
		mg_text_add_human(&t, mg_procs_number(p, stat));
	else
		mg_text_add(&t, "-");
	return field(c, row, col, name, &t);
}

static int
column_field(struct mg_canvas *c, int row, int col, const char *name, const struct mg_proc *p,
    enum mg_column_id id)
{
	char buf[32];
	struct mg_text t;

	mg_text_init(&t, buf, sizeof buf);
	mg_columns_print(p, id, &t);
	return field(c, row, col, name, &t);
}

static void
draw_name(const struct mg_proc *p, struct mg_canvas *c)
{
	int col =
	    mg_canvas_print(c, 0, 0, MG_STYLE_STRONG, "%d %s", p->pid, mg_procs_command(p)) + 2;

	col = mg_canvas_put(c, 0, col, mg_table_state_style(p), mg_procs_state(p)) + 2;
	if (p->health != MG_HEALTH_ANSWERS && p->has_stats)
		col = mg_canvas_put(c, 0, col, MG_STYLE_DIM, "(last values)") + 2;
	col = column_field(c, 0, col, "up", p, MG_COLUMN_ID_uptime);
	col = column_field(c, 0, col, "threads", p, MG_COLUMN_ID_threads);
	if (p->stats.has[MG_REPLY_STAT_engine])
		col = mg_canvas_field(c, 0, col, "engine", p->stats.values.engine);
	if (p->stats.has[MG_REPLY_STAT_version])
		mg_canvas_field(c, 0, col, "memgov", p->stats.values.version);
}

/* [####++--       ] 412M of 512M  80% */
static void
draw_use(const struct mg_proc *p, struct mg_canvas *c, int row)
{
	uint64_t footprint = mg_procs_number(p, MG_REPLY_STAT_heap_footprint_bytes);
	uint64_t limit = mg_procs_number(p, MG_REPLY_STAT_heap_limit_bytes);
	char buf[64];
	struct mg_text t;

	mg_text_init(&t, buf, sizeof buf);
	mg_text_add_human(&t, footprint);
	if (limit > 0) {
		mg_text_add(&t, " of ");
		mg_text_add_human(&t, limit);
		mg_text_add(&t, "  %u%%", (unsigned)((double)footprint / (double)limit * 100));
	} else {
		mg_text_add(&t, ", no ceiling");
	}
	mg_table_draw_bar(p, c, row, 0, c->width - (int)t.len - 1, footprint);
	mg_canvas_put(c, row, c->width - (int)t.len, MG_STYLE_STRONG, buf);
}

static void
draw_head(const struct mg_proc *p, struct mg_canvas *c)
{
	static const struct {
		const char *name;
		size_t stat;
		enum mg_style style;
		uint32_t glyph;
	} shares[] = {
		{ "live", MG_REPLY_STAT_live_bytes, MG_STYLE_LIVE, 0x2588 },
		{ "cached", MG_REPLY_STAT_cached_bytes, MG_STYLE_CACHED, 0x2593 },
		{ "parked", MG_REPLY_STAT_parked_bytes, MG_STYLE_PARKED, 0x2592 },
	};
	int col = 0;

	draw_name(p, c);
	draw_use(p, c, 1);
	for (size_t i = 0; i < 3; i++) {
		mg_canvas_glyph(c, 2, col, shares[i].style, shares[i].glyph);
		col = bytes_field(c, 2, col + 2, shares[i].name, p, shares[i].stat);
	}
	mg_canvas_glyph(c, 2, col, MG_STYLE_DIM, 0x2591);
	col = mg_canvas_put(c, 2, col + 2, MG_STYLE_DIM, "other") + 2;
	col = bytes_field(c, 2, col, "peak", p, MG_REPLY_STAT_heap_peak_bytes);
	bytes_field(c, 2, col, "RSS", p, MG_REPLY_STAT_rss_bytes);
	col = column_field(c, 3, 0, "allocs/s", p, MG_COLUMN_ID_allocs);
	col = column_field(c, 3, col, "frees/s", p, MG_COLUMN_ID_frees);
	col = column_field(c, 3, col, "given back", p, MG_COLUMN_ID_returned);
	col = column_field(c, 3, col, "compactions", p, MG_COLUMN_ID_compactions);
	column_field(c, 3, col, "refused", p, MG_COLUMN_ID_refused);
}

/* The titles of all parts, from the one that is shown here on; the first is in brackets. */
static void
draw_tabs(struct mg_canvas *c, int row, enum mg_detail_part part, bool chosen)
{
	int col = 0;

	mg_canvas_paint(c, row, 0, c->width, MG_STYLE_HEADING);
	for (int i = 0; i < MG_DETAIL_PARTS; i++) {
		bool here = i == (int)part;

		if (!here && !chosen)
			continue;
		mg_canvas_print(c, row, col, MG_STYLE_HEADING, here ? "[%s]" : " %s ",
		    mg_parts_title((enum mg_detail_part)i));
		col += (int)strlen(mg_parts_title((enum mg_detail_part)i)) + 3;
	}
}

static void
scroll(struct mg_detail *d, size_t rows, size_t n)
{
	d->page = rows;
	if (d->cursor >= n)
		d->cursor = n > 0 ? n - 1 : 0;
	if (d->cursor < d->top)
		d->top = d->cursor;
	if (rows > 0 && d->cursor >= d->top + rows)
		d->top = d->cursor - rows + 1;
	if (d->top + rows > n)
		d->top = n > rows ? n - rows : 0;
}

/* One part below `row`; the row behind it. */
static int
draw_part(struct mg_detail *d, const struct mg_proc *p, struct mg_canvas *c, int row, int end,
    enum mg_detail_part part)
{
	size_t n = mg_parts_rows(d, p, part), rows = (size_t)(end - row - 2), from = 0;
	bool chosen = part == d->part;

	draw_tabs(c, row, part, chosen);
	mg_parts_draw_titles(c, row + 1, part);
	if (n == 0) {
		mg_canvas_put(c, row + 2, 0, MG_STYLE_DIM, mg_parts_empty(d, part));
		return row + 4;
	}
	if (chosen) {
		scroll(d, rows, n);
		from = d->top;
	}
	for (size_t i = from; i < n && i - from < rows; i++) {
		mg_parts_draw_row(d, p, c, row + 2 + (int)(i - from), part, i);
		if (chosen && i == d->cursor)
			mg_canvas_select(c, row + 2 + (int)(i - from));
	}
	return row + 3 + (int)(n - from);
}

void
mg_detail_draw(struct mg_detail *d, const struct mg_proc *p, struct mg_canvas *c, int height)
{
	int rest = height - HEAD_ROWS - 1, chart = rest * 2 / 5, row = HEAD_ROWS;

	chart = chart > CHART_MAX ? CHART_MAX : chart < CHART_MIN ? 0 : chart;
	draw_head(p, c);
	if (chart > 0 && d->n_points > 0)
		mg_chart_history(c, row, 0, c->width, chart, d->points, d->n_points,
		    mg_procs_number(p, MG_REPLY_STAT_heap_limit_bytes));
	row += chart;
	for (int i = 0; i < MG_DETAIL_PARTS && height - row >= 4; i++)
		row = draw_part(d, p, c, row, height,
		    (enum mg_detail_part)(((int)d->part + i) % MG_DETAIL_PARTS));
}
