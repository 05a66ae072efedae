/* SPDX-License-Identifier: MIT */
#include "tools/top/remember.h"

#include <string.h>

#include "shim/base/sys.h"
#include "tools/top/toprcfile.h"

static void
set_model(struct mg_model *m, const struct mg_toprc *rc)
{
	m->table.choice = rc->choice;
	m->table.tree = rc->tree;
	mg_table_sort_by(&m->table, rc->sort);
	m->table.descending ^= rc->reverse;
	m->step_ns = rc->interval_ns;
}

static struct mg_toprc
read_model(const struct mg_model *m, bool mouse)
{
	struct mg_table natural = { 0 };

	mg_table_sort_by(&natural, m->table.sort);
	return (struct mg_toprc){ .choice = m->table.choice,
		.sort = m->table.sort,
		.reverse = m->table.descending != natural.descending,
		.tree = m->table.tree,
		.mouse = mouse,
		.interval_ns = m->step_ns };
}

void
mg_remember_load(struct mg_remember *r, const struct mg_options *o, struct mg_model *m)
{
	mg_toprcfile_path(r->path);
	mg_toprcfile_load(r->path, &r->file, r->complaint, sizeof r->complaint);
	r->started = r->file;
	if (o->has_sort) {
		r->started.sort = o->sort;
		r->started.reverse = false;
	}
	if (o->columns.n > 0)
		r->started.choice = o->columns;
	if (o->interval_ns > 0)
		r->started.interval_ns = o->interval_ns;
	if (o->no_mouse)
		r->started.mouse = false;
	set_model(m, &r->started);
	if (r->complaint[0] != '\0')
		mg_model_say(m, mg_sys_now_ns(), MG_STYLE_WARN, "%s", r->complaint);
}

int
mg_remember_save(const struct mg_remember *r, const struct mg_model *m)
{
	struct mg_toprc now = read_model(m, r->started.mouse), kept = r->file;

	if (r->path[0] == '\0' || mg_toprc_is_same(&now, &r->started))
		return 0;
	mg_toprc_merge(&kept, &r->started, &now);
	return mg_toprcfile_save(r->path, &r->file, &kept);
}
