/* SPDX-License-Identifier: MIT */
#include "tools/top/head.h"

#include "shim/base/text.h"
#include "tools/top/columns.h"
#include "tools/top/shares.h"
#include "tools/top/tableview.h"

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

	col = mg_canvas_put(c, 0, col, mg_tableview_state_style(p), mg_procs_state(p)) + 2;
	if (mg_procs_number(p, MG_REPLY_STAT_leak_suspects) > 0)
		col = mg_canvas_put(c, 0, col, MG_STYLE_BAD, "may leak") + 2;
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
	mg_tableview_bar(p, c, row, 0, c->width - (int)t.len - 1, footprint);
	mg_canvas_put(c, row, c->width - (int)t.len, MG_STYLE_STRONG, buf);
}

void
mg_head_draw(const struct mg_proc *p, struct mg_canvas *c)
{
	const struct mg_share *s = mg_shares;
	int col = 0;

	draw_name(p, c);
	draw_use(p, c, 1);
	for (; s < mg_shares + MG_SHARE_OTHER; s++) {
		mg_canvas_glyph(c, 2, col, s->style, s->glyph);
		col = bytes_field(c, 2, col + 2, s->name, p, s->stat);
	}
	mg_canvas_glyph(c, 2, col, s->style, s->glyph);
	col = mg_canvas_put(c, 2, col + 2, MG_STYLE_DIM, s->name) + 2;
	col = bytes_field(c, 2, col, "peak", p, MG_REPLY_STAT_heap_peak_bytes);
	bytes_field(c, 2, col, "RSS", p, MG_REPLY_STAT_rss_bytes);
	col = column_field(c, 3, 0, "allocs/s", p, MG_COLUMN_ID_allocs);
	col = column_field(c, 3, col, "frees/s", p, MG_COLUMN_ID_frees);
	col = column_field(c, 3, col, "given back", p, MG_COLUMN_ID_returned);
	col = column_field(c, 3, col, "compactions", p, MG_COLUMN_ID_compactions);
	column_field(c, 3, col, "refused", p, MG_COLUMN_ID_refused);
}
