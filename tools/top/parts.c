/* SPDX-License-Identifier: MIT */
#include "tools/top/parts.h"

#include <stdio.h>
#include <string.h>

#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "shim/tables/config.h"
#include "tools/common/human.h"

#define POLICY_COLS           \
	{                     \
		0, 15, 24, 33 \
	}
#define EVENT_COLS       \
	{                \
		0, 8, 18 \
	}
#define STATISTIC_COLS    \
	{                 \
		0, 30, 40 \
	}
#define SETTING_COLS      \
	{                 \
		0, 18, 42 \
	}

static const struct {
	const char *title;
	enum mg_ask ask;
	int cols[4];
	const char *titles[4];
} parts[MG_DETAIL_PARTS] = {
	[MG_DETAIL_PART_POLICIES] = { "Policies", MG_ASK_POLICIES, POLICY_COLS,
	    { "POLICY", "NEXT IN", "STARTED", "LAST REASON" } },
	[MG_DETAIL_PART_EVENTS] = { "Events", MG_ASK_EVENTS, EVENT_COLS,
	    { "AGO", "KIND", "WHAT" } },
	[MG_DETAIL_PART_SITES] = { "Sites", MG_ASK_PROFILE, { 0 }, { NULL } }, /* siteview.h */
	[MG_DETAIL_PART_STATISTICS] = { "Statistics", MG_ASK_STATS, STATISTIC_COLS,
	    { "STATISTIC", "VALUE", "MEANING" } },
	[MG_DETAIL_PART_SETTINGS] = { "Settings", MG_ASK_CONFIG, SETTING_COLS,
	    { "SETTING", "VALUE", "ACCEPTED" } },
};

const char *
mg_parts_title(enum mg_detail_part part)
{
	return parts[part].title;
}

/* The statistics that a process has sent are rows; `i` counts those only. */
static const struct mg_stat *
statistic(const struct mg_proc *p, size_t i)
{
	for (size_t k = 0; k < MG_REPLY_STATS; k++)
		if (p->stats.has[k] && i-- == 0)
			return &mg_snapshot_stats[k];
	return NULL;
}

size_t
mg_parts_rows(const struct mg_detail *d, const struct mg_proc *p, enum mg_detail_part part)
{
	size_t n = 0;

	switch (part) {
	case MG_DETAIL_PART_POLICIES: return d->n_policies;
	case MG_DETAIL_PART_EVENTS: return d->n_events;
	case MG_DETAIL_PART_SITES: return d->sites.stacks.n;
	case MG_DETAIL_PART_SETTINGS: return d->n_settings;
	default: break;
	}
	for (size_t k = 0; k < MG_REPLY_STATS; k++)
		n += p->stats.has[k];
	return n;
}

/* Text in column i of the part, cut where the next column begins. */
static void
put(struct mg_canvas *c, struct mg_pane at, enum mg_detail_part part, size_t i, enum mg_style style,
    const char *text)
{
	const int *cols = parts[part].cols;
	int end = i + 1 < 4 && cols[i + 1] > 0 ? cols[i + 1] - 1 : at.width;

	end = end < at.width ? end : at.width;
	if (end > cols[i])
		mg_canvas_put_cut(c, at.row, at.col + cols[i], end - cols[i], style, text);
}

void
mg_parts_draw_titles(struct mg_canvas *c, struct mg_pane at, enum mg_detail_part part)
{
	for (size_t i = 0; i < 4 && parts[part].titles[i] != NULL; i++)
		put(c, at, part, i, MG_STYLE_DIM, parts[part].titles[i]);
}

static void
draw_policy(const struct mg_reply_policy *p, struct mg_canvas *c, struct mg_pane at)
{
	char buf[24];
	struct mg_text t;

	put(c, at, MG_DETAIL_PART_POLICIES, 0, MG_STYLE_STRONG, p->name);
	mg_text_init(&t, buf, sizeof buf);
	if (p->has_next)
		mg_human_add_wait(&t, p->next_ms);
	else
		mg_text_add(&t, "-");
	put(c, at, MG_DETAIL_PART_POLICIES, 1, MG_STYLE_PLAIN, buf);
	mg_text_init(&t, buf, sizeof buf);
	mg_human_add_count(&t, p->decisions);
	put(c, at, MG_DETAIL_PART_POLICIES, 2, MG_STYLE_PLAIN, buf);
	put(c, at, MG_DETAIL_PART_POLICIES, 3, MG_STYLE_PLAIN, p->reason);
}

static void
draw_event(const struct mg_reply_event *e, struct mg_canvas *c, struct mg_pane at)
{
	char buf[24];
	struct mg_text t;

	mg_text_init(&t, buf, sizeof buf);
	mg_human_add_span(&t, e->age_ms);
	put(c, at, MG_DETAIL_PART_EVENTS, 0, MG_STYLE_PLAIN, buf);
	put(c, at, MG_DETAIL_PART_EVENTS, 1,
	    strcmp(e->kind, "refused") == 0 ? MG_STYLE_BAD : MG_STYLE_STRONG, e->kind);
	put(c, at, MG_DETAIL_PART_EVENTS, 2, MG_STYLE_PLAIN, e->text);
}

static void
print_value(const struct mg_snapshot *s, const struct mg_stat *stat, struct mg_text *t)
{
	uint64_t v = mg_snapshot_number(s, stat);

	switch (stat->unit) {
	case MG_UNIT_TEXT: mg_text_add(t, "%s", mg_snapshot_label(s, stat)); break;
	case MG_UNIT_COUNT: mg_text_add(t, "%lu", v); break;
	case MG_UNIT_BYTES: mg_text_add_human(t, v); break;
	case MG_UNIT_MS: mg_human_add_span(t, v); break;
	case MG_UNIT_NS: mg_human_add_span(t, v / MG_NS_PER_MS); break;
	case MG_UNIT_PCT: mg_text_add(t, "%lu%%", v); break;
	}
}

static void
draw_statistic(
    const struct mg_proc *p, const struct mg_stat *stat, struct mg_canvas *c, struct mg_pane at)
{
	const int *cols = parts[MG_DETAIL_PART_STATISTICS].cols;
	char buf[80];
	struct mg_text t;

	mg_text_init(&t, buf, sizeof buf);
	print_value(&p->stats.values, stat, &t);
	put(c, at, MG_DETAIL_PART_STATISTICS, 0, MG_STYLE_PLAIN, stat->name);
	/* A long value takes the place of its explanation. */
	if (mg_canvas_width(c, buf) >= cols[2] - cols[1]) {
		mg_canvas_put_cut(
		    c, at.row, at.col + cols[1], at.width - cols[1], MG_STYLE_STRONG, buf);
		return;
	}
	put(c, at, MG_DETAIL_PART_STATISTICS, 1, MG_STYLE_STRONG, buf);
	put(c, at, MG_DETAIL_PART_STATISTICS, 2, MG_STYLE_DIM, stat->help);
}

/* What the tool's own table says; a setting of a newer library is not in it, and may be tried. */
static void
draw_setting(const struct mg_detail_setting *s, struct mg_canvas *c, struct mg_pane at)
{
	const struct mg_option *o = mg_config_find(s->name);
	bool fixed = o != NULL && (o->flags & MG_OPT_RUNTIME) == 0;

	put(c, at, MG_DETAIL_PART_SETTINGS, 0, fixed ? MG_STYLE_DIM : MG_STYLE_PLAIN, s->name);
	put(c, at, MG_DETAIL_PART_SETTINGS, 1, fixed ? MG_STYLE_PLAIN : MG_STYLE_STRONG,
	    s->value[0] != '\0' ? s->value : "-");
	put(c, at, MG_DETAIL_PART_SETTINGS, 2, MG_STYLE_DIM,
	    o == NULL ? ""
	    : fixed   ? "read at start"
		      : o->accepts);
}

void
mg_parts_draw_row(const struct mg_detail *d, const struct mg_proc *p, struct mg_canvas *c,
    struct mg_pane at, enum mg_detail_part part, size_t i)
{
	const struct mg_stat *stat;

	switch (part) {
	case MG_DETAIL_PART_POLICIES: draw_policy(&d->policies[i], c, at); break;
	case MG_DETAIL_PART_EVENTS: draw_event(&d->events[i], c, at); break;
	case MG_DETAIL_PART_SETTINGS: draw_setting(&d->settings[i], c, at); break;
	default:
		stat = statistic(p, i);
		if (stat != NULL)
			draw_statistic(p, stat, c, at);
		break;
	}
}

const char *
mg_parts_empty(const struct mg_detail *d, enum mg_detail_part part)
{
	const char *missing = d->missing[parts[part].ask];

	if (missing[0] != '\0')
		return missing;
	return part == MG_DETAIL_PART_EVENTS ? "nothing has happened yet" : "no answer yet";
}

static void
explain_policy(const struct mg_reply_policy *p, char *buf, size_t cap)
{
	static const struct {
		const char *name, *doc;
	} known[] = {
#define POLICY(name, doc) { #name, doc },
#include "policies/policies.def"
	};
	const char *doc = "";

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(known[i].name, p->name) == 0)
			doc = known[i].doc;
	if (strcmp(p->reason, "-") == 0)
		snprintf(buf, cap, "Acts on: %s", doc);
	else
		snprintf(buf, cap, "Acts on: %s Last reason: %s", doc, p->reason);
}

void
mg_parts_explain(const struct mg_detail *d, const struct mg_proc *p, enum mg_detail_part part,
    size_t i, char *buf, size_t cap)
{
	const struct mg_option *o;
	const struct mg_stat *stat;

	buf[0] = '\0';
	switch (part) {
	case MG_DETAIL_PART_POLICIES: explain_policy(&d->policies[i], buf, cap); break;
	case MG_DETAIL_PART_EVENTS: snprintf(buf, cap, "%s", d->events[i].text); break;
	case MG_DETAIL_PART_SETTINGS:
		o = mg_config_find(d->settings[i].name);
		if (o != NULL)
			snprintf(buf, cap, "%s Accepted: %s.", o->doc, o->accepts);
		break;
	default:
		stat = statistic(p, i);
		if (stat != NULL)
			snprintf(buf, cap, "%s", stat->help);
		break;
	}
}
