/* SPDX-License-Identifier: MIT */
#include "tools/top/columns.h"

#include <string.h>
#include <strings.h>

#include "shim/base/sys.h"
#include "tools/common/human.h"

#define WHEN_CHOSEN MG_COLUMN_WHEN_CHOSEN
const struct mg_column mg_columns[MG_COLUMN_IDS] = {
#define COLUMN(id, form, stat, rank) { #id, MG_COLUMN_##form, MG_REPLY_STAT_##stat, rank },
#include "tools/top/columns.def"
};

const char *
mg_columns_title(enum mg_column_id id)
{
	switch (mg_columns[id].form) {
	case MG_COLUMN_USER: return "USER";
	case MG_COLUMN_BAR: return "USE";
	case MG_COLUMN_TREND: return "TREND";
	default: return mg_snapshot_stats[mg_columns[id].stat].heading;
	}
}

const char *
mg_columns_help(enum mg_column_id id)
{
	switch (mg_columns[id].form) {
	case MG_COLUMN_USER: return "Owner of the process.";
	case MG_COLUMN_BAR: return "What the heap is made of; in brackets, against its ceiling.";
	case MG_COLUMN_TREND: return "Course of the footprint.";
	default: return mg_snapshot_stats[mg_columns[id].stat].help;
	}
}

/* Those that show a figure or a text of the process, and not only something made of it. */
static bool
is_statistic(enum mg_column_id id)
{
	enum mg_column_form form = mg_columns[id].form;

	return form != MG_COLUMN_USER && form != MG_COLUMN_BAR && form != MG_COLUMN_TREND;
}

bool
mg_columns_find(const char *name, enum mg_column_id *out)
{
	for (enum mg_column_id i = 0; i < MG_COLUMN_IDS; i++) {
		if (strcasecmp(name, mg_columns_title(i)) == 0 ||
		    strcasecmp(name, mg_columns[i].id) == 0 ||
		    (is_statistic(i) &&
			strcasecmp(name, mg_snapshot_stats[mg_columns[i].stat].name) == 0)) {
			*out = i;
			return true;
		}
	}
	return false;
}

bool
mg_columns_is_left(enum mg_column_id id)
{
	return mg_columns[id].form <= MG_COLUMN_BAR || mg_columns[id].form == MG_COLUMN_TREND;
}

static bool
is_rate(const struct mg_column *c)
{
	return c->form == MG_COLUMN_RATE || c->form == MG_COLUMN_FLOW;
}

static bool
has_value(const struct mg_proc *p, const struct mg_column *c)
{
	if (is_rate(c) && !p->has_rates)
		return false;
	return p->has_stats && p->stats.has[c->stat];
}

static uint64_t
number(const struct mg_proc *p, const struct mg_column *c)
{
	if (!has_value(p, c))
		return 0;
	return is_rate(c) ? p->rates[c->stat] : mg_procs_number(p, c->stat);
}

bool
mg_columns_is_nothing(const struct mg_proc *p, enum mg_column_id id)
{
	return number(p, &mg_columns[id]) == 0;
}

static void
print_number(const struct mg_column *c, uint64_t v, struct mg_text *out)
{
	switch (c->form) {
	case MG_COLUMN_PROCESS: mg_text_add(out, "%lu", v); break;
	case MG_COLUMN_BYTES:
	case MG_COLUMN_FLOW: mg_text_add_human(out, v); break;
	case MG_COLUMN_SHARE: mg_text_add(out, "%lu%%", v); break;
	case MG_COLUMN_SPAN:
		v = mg_snapshot_stats[c->stat].unit == MG_UNIT_NS ? v / MG_NS_PER_MS : v;
		mg_human_add_span(out, v);
		break;
	default: mg_human_add_count(out, v); break;
	}
}

void
mg_columns_print(const struct mg_proc *p, enum mg_column_id id, struct mg_text *out)
{
	const struct mg_column *c = &mg_columns[id];
	uint64_t v = number(p, c);
	bool is_ceiling = id == MG_COLUMN_ID_limit || id == MG_COLUMN_ID_rss_limit ||
			  id == MG_COLUMN_ID_cgroup_limit;

	if (id == MG_COLUMN_ID_pid)
		mg_text_add(out, "%d", p->pid);
	else if (c->form == MG_COLUMN_NAME)
		mg_text_add(out, "%s", mg_procs_command(p));
	else if (c->form == MG_COLUMN_STATE)
		mg_text_add(out, "%s", mg_procs_state(p));
	else if (c->form == MG_COLUMN_USER)
		mg_text_add(out, "%s", p->user[0] != '\0' ? p->user : "-");
	else if (!has_value(p, c) || (is_ceiling && v == 0))
		mg_text_add(out, "-");
	else if (c->form == MG_COLUMN_LABEL)
		mg_text_add(
		    out, "%s", mg_snapshot_label(&p->stats.values, &mg_snapshot_stats[c->stat]));
	else
		print_number(c, v, out);
}

int
mg_columns_compare(const struct mg_proc *a, const struct mg_proc *b, enum mg_column_id id)
{
	const struct mg_column *c = &mg_columns[id];
	const struct mg_stat *stat = &mg_snapshot_stats[c->stat];
	uint64_t x = number(a, c), y = number(b, c);

	if (id == MG_COLUMN_ID_pid)
		return (a->pid > b->pid) - (a->pid < b->pid);
	switch (c->form) {
	case MG_COLUMN_NAME: return strcasecmp(mg_procs_command(a), mg_procs_command(b));
	case MG_COLUMN_STATE: return strcmp(mg_procs_state(a), mg_procs_state(b));
	case MG_COLUMN_USER: return strcmp(a->user, b->user);
	case MG_COLUMN_LABEL:
		return strcmp(mg_snapshot_label(&a->stats.values, stat),
		    mg_snapshot_label(&b->stats.values, stat));
	default: return (x > y) - (x < y);
	}
}
