/* SPDX-License-Identifier: MIT */
#include "tools/top/header.h"

#include <stdio.h>

#include "shim/base/text.h"
#include "shim/tables/config.h"
#include "tools/top/chart.h"
#include "tools/top/shares.h"

/* The default of a percent option: the marks are drawn where governors act unless told otherwise.
 */
static unsigned
default_pct(const char *option)
{
	const struct mg_option *o = mg_config_find(option);
	uint64_t pct;

	return o != NULL && mg_text_parse_percent(o->def, &pct) == 0 ? (unsigned)pct : 100;
}

static void
print_pair(struct mg_text *t, const char *name, uint64_t used, uint64_t total)
{
	mg_text_add(t, "%s ", name);
	mg_text_add_human(t, used);
	mg_text_add(t, " of ");
	mg_text_add_human(t, total);
}

static enum mg_style
level_style(unsigned pct, unsigned warn, unsigned critical)
{
	return pct >= critical ? MG_STYLE_BAD : pct >= warn ? MG_STYLE_WARN : MG_STYLE_GOOD;
}

/* Memory [#########      |  | ] 3.1G of 7.8G  40%. A word beside the figure says what the colour
 * says. */
static void
draw_memory(struct mg_canvas *c, int row, const struct mg_machine *m)
{
	unsigned pct = mg_machine_used_pct(m), warn = default_pct("system_warn"),
		 critical = default_pct("system_critical");
	enum mg_style style = level_style(pct, warn, critical);
	struct mg_chart_part used = { m->total_bytes - m->available_bytes, style, 0x2588 };
	const char *word = pct >= critical ? " critical" : pct >= warn ? " high" : "";
	char buf[64];
	struct mg_text t;
	int col, width;

	if (m->total_bytes == 0) {
		mg_canvas_put(
		    c, row, 0, MG_STYLE_DIM, "Memory unknown: /proc/meminfo cannot be read");
		return;
	}
	mg_text_init(&t, buf, sizeof buf);
	print_pair(&t, "", used.bytes, m->total_bytes);
	mg_text_add(&t, "  %u%%%s", pct, word);
	col = mg_canvas_put(c, row, 0, MG_STYLE_STRONG, "Memory ");
	width = c->width - col - (int)t.len - 3;
	if (width >= 10) {
		col = mg_canvas_put(c, row, col, MG_STYLE_DIM, "[");
		mg_canvas_glyph(c, row, col + width * (int)warn / 100, MG_STYLE_WARN, 0x2502);
		mg_canvas_glyph(c, row, col + width * (int)critical / 100, MG_STYLE_BAD, 0x2502);
		col = mg_chart_bar(c, row, col, width, &used, 1, m->total_bytes);
		col = mg_canvas_put(c, row, col, MG_STYLE_DIM, "]");
	}
	mg_canvas_put(c, row, col, style == MG_STYLE_GOOD ? MG_STYLE_PLAIN : style, buf);
}

/* The fullest cgroup that a governed process is in; false when none has a limit. */
static bool
fullest_cgroup(const struct mg_procs *procs, uint64_t *used_out, uint64_t *limit_out)
{
	double most = -1;

	for (size_t i = 0; i < procs->n; i++) {
		uint64_t limit = mg_procs_number(procs->list[i], MG_REPLY_STAT_cgroup_limit_bytes);
		uint64_t used = mg_procs_number(procs->list[i], MG_REPLY_STAT_cgroup_used_bytes);

		if (limit == 0 || (double)used / (double)limit <= most)
			continue;
		most = (double)used / (double)limit;
		*used_out = used;
		*limit_out = limit;
	}
	return most >= 0;
}

static void
draw_system(struct mg_canvas *c, int row, const struct mg_machine *m, const struct mg_procs *procs)
{
	uint64_t used = 0, limit = 0;
	char buf[64];
	struct mg_text t;
	int col = 0;

	mg_text_init(&t, buf, sizeof buf);
	if (m->swap_total_bytes > 0)
		print_pair(&t, "", m->swap_total_bytes - m->swap_free_bytes, m->swap_total_bytes);
	col = mg_canvas_field(c, row, col, "Swap", m->swap_total_bytes > 0 ? buf + 1 : "none");
	if (fullest_cgroup(procs, &used, &limit)) {
		mg_text_init(&t, buf, sizeof buf);
		print_pair(&t, "", used, limit);
		col = mg_canvas_field(c, row, col, "Cgroup", buf + 1);
	}
	if (m->has_stall) {
		snprintf(buf, sizeof buf, "%u.%02u%% some, %u.%02u%% all", m->stall_some / 100,
		    m->stall_some % 100, m->stall_full / 100, m->stall_full % 100);
		mg_canvas_field(c, row, col, "Waiting for memory (PSI)", buf);
	}
}

static uint64_t
sum(const struct mg_procs *procs, size_t stat)
{
	uint64_t total = 0;

	for (size_t i = 0; i < procs->n; i++)
		if (procs->list[i]->health != MG_HEALTH_ENDED)
			total += mg_procs_number(procs->list[i], stat);
	return total;
}

static size_t
count_running(const struct mg_procs *procs)
{
	size_t n = 0;

	for (size_t i = 0; i < procs->n; i++)
		n += procs->list[i]->health != MG_HEALTH_ENDED;
	return n;
}

/* What processes have beyond their heaps: code, stacks, heaps of their own. */
static uint64_t
outside_heaps(const struct mg_procs *procs)
{
	uint64_t total = 0;

	for (size_t i = 0; i < procs->n; i++) {
		const struct mg_proc *p = procs->list[i];
		uint64_t rss = mg_procs_number(p, MG_REPLY_STAT_rss_bytes);
		uint64_t heap = mg_procs_number(p, MG_REPLY_STAT_heap_footprint_bytes);

		if (p->health != MG_HEALTH_ENDED && rss > heap)
			total += rss - heap;
	}
	return total;
}

static int
draw_bytes(struct mg_canvas *c, int row, int col, const char *name, uint64_t bytes)
{
	char buf[16];
	struct mg_text t;

	mg_text_init(&t, buf, sizeof buf);
	mg_text_add_human(&t, bytes);
	return mg_canvas_field(c, row, col, name, buf);
}

static void
draw_totals(struct mg_canvas *c, int row, const struct mg_procs *procs)
{
	char buf[32];
	int col;

	snprintf(buf, sizeof buf, "%zu", count_running(procs));
	col = mg_canvas_field(c, row, 0, "Governed", buf);
	for (const struct mg_share *s = mg_shares; s < mg_shares + MG_SHARE_OTHER; s++) {
		mg_canvas_glyph(c, row, col, s->style, s->glyph);
		col = draw_bytes(c, row, col + 2, s->name, sum(procs, s->stat));
	}
	col = draw_bytes(c, row, col, "outside heap", outside_heaps(procs));
	col = draw_bytes(c, row, col, "RSS", sum(procs, MG_REPLY_STAT_rss_bytes));
	draw_bytes(c, row, col, "given back", sum(procs, MG_REPLY_STAT_returned_bytes));
}

void
mg_header_draw(struct mg_canvas *c, const struct mg_machine *m, const struct mg_procs *procs)
{
	draw_memory(c, 0, m);
	draw_system(c, 1, m, procs);
	draw_totals(c, 2, procs);
}
