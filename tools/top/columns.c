/* SPDX-License-Identifier: MIT */
#include "tools/top/columns.h"

#include <string.h>
#include <strings.h>

#include "tools/common/human.h"

const struct mg_column mg_columns[MG_COLUMN_IDS] = {
#define COLUMN(id, form, stat, rank) { #id, MG_COLUMN_##form, MG_REPLY_STAT_##stat, rank },
#include "tools/top/columns.def"
};

/* Narrowest and widest of the columns that stretch. A name is not cut while there is another way.
 */
#define NAME_MIN 8
#define NAME_MAX 32
#define BAR_MIN 8
#define BAR_MAX 42
#define TREND_MIN 8
#define TREND_MAX 80
#define EMPTY_RANK 100

const char *
mg_columns_title(enum mg_column_id id)
{
	switch (mg_columns[id].form) {
	case MG_COLUMN_BAR: return "USE";
	case MG_COLUMN_TREND: return "TREND";
	default: return mg_snapshot_stats[mg_columns[id].stat].heading;
	}
}

bool
mg_columns_find(const char *name, enum mg_column_id *out)
{
	for (enum mg_column_id i = 0; i < MG_COLUMN_IDS; i++) {
		if (strcasecmp(name, mg_columns_title(i)) == 0 ||
		    strcasecmp(name, mg_columns[i].id) == 0 ||
		    strcasecmp(name, mg_snapshot_stats[mg_columns[i].stat].name) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

static bool
has_value(const struct mg_proc *p, const struct mg_column *c)
{
	if (c->form == MG_COLUMN_RATE && !p->has_rates)
		return false;
	return p->has_stats && p->stats.has[c->stat];
}

static uint64_t
number(const struct mg_proc *p, const struct mg_column *c)
{
	if (!has_value(p, c))
		return 0;
	return c->form == MG_COLUMN_RATE ? p->rates[c->stat] : mg_procs_number(p, c->stat);
}

void
mg_columns_print(const struct mg_proc *p, enum mg_column_id id, struct mg_text *out)
{
	const struct mg_column *c = &mg_columns[id];
	uint64_t v = number(p, c);

	if (id == MG_COLUMN_ID_pid)
		mg_text_add(out, "%d", p->pid);
	else if (c->form == MG_COLUMN_NAME)
		mg_text_add(out, "%s", mg_procs_command(p));
	else if (c->form == MG_COLUMN_STATE)
		mg_text_add(out, "%s", mg_procs_state(p));
	else if (!has_value(p, c) || (id == MG_COLUMN_ID_limit && v == 0))
		mg_text_add(out, "-");
	else if (c->form == MG_COLUMN_BYTES)
		mg_text_add_human(out, v);
	else if (c->form == MG_COLUMN_SPAN)
		mg_human_add_span(out, v);
	else
		mg_human_add_count(out, v);
}

int
mg_columns_compare(const struct mg_proc *a, const struct mg_proc *b, enum mg_column_id id)
{
	const struct mg_column *c = &mg_columns[id];
	uint64_t x = number(a, c), y = number(b, c);

	if (id == MG_COLUMN_ID_pid)
		return (a->pid > b->pid) - (a->pid < b->pid);
	if (c->form == MG_COLUMN_NAME)
		return strcasecmp(mg_procs_command(a), mg_procs_command(b));
	if (c->form == MG_COLUMN_STATE)
		return strcmp(mg_procs_state(a), mg_procs_state(b));
	return (x > y) - (x < y);
}

struct stretch {
	int min, max;
};

static struct stretch
stretch_of(enum mg_column_id id, struct mg_proc *const *list, size_t n)
{
	struct stretch s = { (int)strlen(mg_columns_title(id)), 0 };
	char buf[80];
	struct mg_text t;

	if (mg_columns[id].form == MG_COLUMN_BAR)
		return (struct stretch){ BAR_MIN, BAR_MAX };
	if (mg_columns[id].form == MG_COLUMN_TREND)
		return (struct stretch){ TREND_MIN, TREND_MAX };
	s.min = s.min < 5 ? 5 : s.min;
	for (size_t i = 0; i < n; i++) {
		mg_text_init(&t, buf, sizeof buf);
		mg_columns_print(list[i], id, &t);
		s.min = (int)t.len > s.min ? (int)t.len : s.min;
	}
	s.max = s.min;
	if (mg_columns[id].form == MG_COLUMN_NAME) {
		s.min = s.min < NAME_MIN ? NAME_MIN : s.min > NAME_MAX / 2 ? NAME_MAX / 2 : s.min;
		s.max = s.max > NAME_MAX ? NAME_MAX : s.max < s.min ? s.min : s.max;
	}
	/* States come and go; the table should not jump when they do. */
	if (mg_columns[id].form == MG_COLUMN_STATE)
		s.min = s.max = (int)strlen("pressure");
	return s;
}

static bool
is_empty(enum mg_column_id id, struct mg_proc *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (mg_columns[id].form <= MG_COLUMN_BAR || number(list[i], &mg_columns[id]) != 0)
			return false;
	return true;
}

static int
rank_of(enum mg_column_id id, struct mg_proc *const *list, size_t n, enum mg_column_id sort)
{
	if (id == sort)
		return 0;
	return mg_columns[id].rank +
	       (mg_columns[id].rank > 0 && is_empty(id, list, n) ? EMPTY_RANK : 0);
}

/* Takes columns by rank while they fit. Returns the columns that are left over. */
static int
choose(const int rank[], const struct stretch stretch[], int width, bool chosen[])
{
	int left = width + 1; /* each column but the first has a blank before it */

	for (int r = 0; r < 2 * EMPTY_RANK; r++) {
		for (enum mg_column_id i = 0; i < MG_COLUMN_IDS; i++) {
			if (rank[i] != r || (r > 0 && stretch[i].min + 1 > left))
				continue;
			chosen[i] = true;
			left -= stretch[i].min + 1;
		}
	}
	return left;
}

/* One cell for each in turn, so that they grow alike. */
static void
widen(struct stretch stretch[], const bool chosen[], int left)
{
	bool any = true;

	while (left > 0 && any) {
		any = false;
		for (size_t i = 0; i < MG_COLUMN_IDS && left > 0; i++) {
			if (!chosen[i] || stretch[i].min >= stretch[i].max)
				continue;
			stretch[i].min++;
			left--;
			any = true;
		}
	}
}

void
mg_columns_layout(struct mg_column_layout *out, struct mg_proc *const *list, size_t n, int width,
    int skip, enum mg_column_id sort)
{
	struct stretch stretch[MG_COLUMN_IDS];
	bool chosen[MG_COLUMN_IDS] = { false };
	int rank[MG_COLUMN_IDS], col = 0;

	for (enum mg_column_id i = 0; i < MG_COLUMN_IDS; i++) {
		bool skipped =
		    i > MG_COLUMN_ID_command && (int)i <= (int)MG_COLUMN_ID_command + skip;

		stretch[i] = stretch_of(i, list, n);
		rank[i] = skipped ? INT32_MAX : rank_of(i, list, n, sort);
	}
	widen(stretch, chosen, choose(rank, stretch, width, chosen));
	out->n = 0;
	for (enum mg_column_id i = 0; i < MG_COLUMN_IDS; i++) {
		if (!chosen[i])
			continue;
		out->shown[out->n].id = i;
		out->shown[out->n].col = col;
		out->shown[out->n++].width = stretch[i].min;
		col += stretch[i].min + 1;
	}
}
