/* SPDX-License-Identifier: MIT */
#include "tools/top/detail.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/top/curve.h"
#include "tools/top/parts.h"

void
mg_detail_open(struct mg_detail *d, int pid)
{
	enum mg_detail_part part = d->part;
	uint64_t span_ms = d->span_ms;

	mg_detail_close(d);
	memset(d, 0, offsetof(struct mg_detail, policies));
	d->pid = pid;
	d->part = part;
	d->span_ms = span_ms;
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

uint64_t
mg_detail_span_ms(const struct mg_detail *d)
{
	return d->span_ms > 0 ? d->span_ms : mg_curve_fit_ms(d->points, d->n_points);
}

void
mg_detail_zoom(struct mg_detail *d, int by)
{
	d->span_ms = mg_curve_zoom_ms(mg_detail_span_ms(d), by);
}
