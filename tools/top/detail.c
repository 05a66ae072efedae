/* SPDX-License-Identifier: MIT */
#include "tools/top/detail.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/top/chart.h"
#include "tools/top/head.h"
#include "tools/top/parts.h"
#include "tools/top/siteview.h"

#define CHART_MIN 5
#define CHART_MAX 16
/* Sites and a stack need the rows more than the chart does, while there are less. */
#define SITES_CHART_MIN 32

void
mg_detail_open(struct mg_detail *d, int pid)
{
	enum mg_detail_part part = d->part;

	mg_detail_close(d);
	memset(d, 0, offsetof(struct mg_detail, policies));
	d->pid = pid;
	d->part = part;
}

void
mg_detail_close(struct mg_detail *d)
{
	mg_sitelist_close(&d->sites);
	d->pid = 0;
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

static void
take_profile(struct mg_detail *d, char *body)
{
	int err = mg_sitelist_take(&d->sites, body);

	if (err != 0)
		snprintf(d->missing[MG_ASK_PROFILE], sizeof d->missing[0], "not available: %s",
		    err == -EPROTO ? "the profile is cut short, or none" : strerror(-err));
}

void
mg_detail_name(struct mg_detail *d, uint64_t until_ns)
{
	size_t row = mg_sitelist_name(&d->sites, d->pid, d->cursor, until_ns);

	/* Who has not moved it looks at what is worst, whichever that is. */
	if (d->cursor > 0 || d->is_stack_open)
		d->cursor = row;
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
	else if (ask == MG_ASK_PROFILE)
		take_profile(d, text);
}

void
mg_detail_show(struct mg_detail *d, enum mg_detail_part part)
{
	d->part = part;
	d->cursor = d->top = 0;
	d->is_stack_open = false;
}

void
mg_detail_toggle_stack(struct mg_detail *d)
{
	d->is_stack_open = !d->is_stack_open;
	d->stack_top = 0;
}

static size_t
moved(size_t from, long by, size_t n)
{
	long to = (long)from + by;

	return (size_t)(to < 0 || n == 0 ? 0 : to >= (long)n ? (long)n - 1 : to);
}

void
mg_detail_move(struct mg_detail *d, const struct mg_proc *p, long by)
{
	if (d->is_stack_open)
		d->stack_top = moved(d->stack_top, by, MG_STACKS_LINES);
	else
		d->cursor = moved(d->cursor, by, mg_parts_rows(d, p, d->part));
}

static const struct mg_detail_setting *
find_setting(const struct mg_detail *d, const char *name)
{
	for (size_t i = 0; i < d->n_settings; i++)
		if (strcmp(d->settings[i].name, name) == 0)
			return &d->settings[i];
	return NULL;
}

const struct mg_detail_setting *
mg_detail_selected(const struct mg_detail *d)
{
	if (d->part == MG_DETAIL_PART_SITES)
		return find_setting(d, "sample");
	if (d->part != MG_DETAIL_PART_SETTINGS || d->cursor >= d->n_settings)
		return NULL;
	return &d->settings[d->cursor];
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

void
mg_detail_scroll(struct mg_detail *d, size_t rows, size_t n)
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
	if (part == MG_DETAIL_PART_SITES) {
		mg_siteview_draw(d, p, c, row + 1, end);
		return end;
	}
	mg_parts_draw_titles(c, row + 1, part);
	if (n == 0) {
		mg_canvas_put(c, row + 2, 0, MG_STYLE_DIM, mg_parts_empty(d, part));
		return row + 4;
	}
	if (chosen) {
		mg_detail_scroll(d, rows, n);
		from = d->top;
	}
	for (size_t i = from; i < n && i - from < rows; i++) {
		mg_parts_draw_row(d, p, c, row + 2 + (int)(i - from), part, i);
		if (chosen && i == d->cursor)
			mg_canvas_select(c, row + 2 + (int)(i - from), 0, c->width);
	}
	return row + 3 + (int)(n - from);
}

void
mg_detail_draw(struct mg_detail *d, const struct mg_proc *p, struct mg_canvas *c, int height)
{
	int rest = height - MG_HEAD_ROWS - 1, chart = rest * 2 / 5, row = MG_HEAD_ROWS;

	if (d->part == MG_DETAIL_PART_SITES && rest < SITES_CHART_MIN)
		chart = 0;
	chart = chart > CHART_MAX ? CHART_MAX : chart < CHART_MIN ? 0 : chart;
	mg_head_draw(p, c);
	if (chart > 0 && d->n_points > 0)
		mg_chart_history(c, row, 0, c->width, chart, d->points, d->n_points,
		    mg_procs_number(p, MG_REPLY_STAT_heap_limit_bytes));
	row += chart;
	for (int i = 0; i < MG_DETAIL_PARTS && height - row >= 4; i++) {
		enum mg_detail_part part =
		    (enum mg_detail_part)(((int)d->part + i) % MG_DETAIL_PARTS);

		if (i == 0 || part != MG_DETAIL_PART_SITES)
			row = draw_part(d, p, c, row, height, part);
	}
}
