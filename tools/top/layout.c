/* SPDX-License-Identifier: MIT */
#include "tools/top/layout.h"

#include <limits.h>
#include <string.h>

/* Narrowest and widest of the columns that stretch. */
#define NAME_LEAST 8
#define NAME_MOST 32
#define USER_MOST 12
#define BAR_LEAST 8
#define BAR_MOST 42
#define TREND_LEAST 8
#define NUMBER_WIDTH 5
#define SPAN_WIDTH 6

/* Ranks: those without anything to show behind all others. */
#define EMPTY_RANK (2 * MG_COLUMN_WHEN_CHOSEN)
#define RANKS (2 * EMPTY_RANK)

bool
mg_layout_has(const struct mg_layout_choice *choice, enum mg_column_id id)
{
	for (size_t i = 0; i < choice->n; i++)
		if (choice->ids[i] == id)
			return true;
	return false;
}

struct stretch {
	int min, max;
};

static int
longest(enum mg_column_id id, const struct mg_layout_wish *wish)
{
	char buf[80];
	struct mg_text t;
	int most = 0;

	for (size_t i = 0; i < wish->n; i++) {
		mg_text_init(&t, buf, sizeof buf);
		mg_columns_print(wish->list[i], id, &t);
		most = (int)t.len > most ? (int)t.len : most;
	}
	return most;
}

static int
between(int low, int n, int high)
{
	return n < low ? low : n > high ? high : n;
}

/* A name is not cut while there is another way. */
static struct stretch
stretch_name(const struct mg_layout_wish *wish)
{
	int n = longest(MG_COLUMN_ID_command, wish) + wish->indent;

	return (struct stretch){ between(NAME_LEAST, n, NAME_MOST / 2),
		between(NAME_LEAST, n, NAME_MOST + wish->indent) };
}

/* Widths of figures do not follow the figures: the table should not jump when those change. */
static int
fixed_width(enum mg_column_id id, const struct mg_layout_wish *wish)
{
	switch (mg_columns[id].form) {
	case MG_COLUMN_USER: return between(0, longest(id, wish), USER_MOST);
	case MG_COLUMN_LABEL:
	case MG_COLUMN_PROCESS: return longest(id, wish);
	case MG_COLUMN_STATE: return (int)strlen("pressure");
	case MG_COLUMN_SPAN: return SPAN_WIDTH;
	default: return NUMBER_WIDTH;
	}
}

static struct stretch
stretch_of(enum mg_column_id id, const struct mg_layout_wish *wish)
{
	int title = (int)strlen(mg_columns_title(id)), n;

	switch (mg_columns[id].form) {
	case MG_COLUMN_NAME: return stretch_name(wish);
	case MG_COLUMN_BAR: return (struct stretch){ BAR_LEAST, BAR_MOST };
	case MG_COLUMN_TREND: return (struct stretch){ TREND_LEAST, MG_PROCS_TREND };
	default: n = between(title, fixed_width(id, wish), INT_MAX);
	}
	return (struct stretch){ n, n };
}

/* A rate may be 0 for a moment: it is empty when its counter is. */
static bool
is_empty(enum mg_column_id id, const struct mg_layout_wish *wish)
{
	enum mg_column_form form = mg_columns[id].form;

	for (size_t i = 0; i < wish->n; i++) {
		const struct mg_proc *p = wish->list[i];

		if (form == MG_COLUMN_USER ? p->is_of_another
					   : mg_procs_number(p, mg_columns[id].stat) != 0)
			return false;
	}
	return form >= MG_COLUMN_PROCESS || form == MG_COLUMN_USER;
}

static int
rank_of(enum mg_column_id id, const struct mg_layout_wish *wish)
{
	const struct mg_column *c = &mg_columns[id];

	if (c->rank == 0 || id == wish->sort)
		return 0;
	if (c->rank >= MG_COLUMN_WHEN_CHOSEN)
		return INT_MAX;
	return c->rank + (is_empty(id, wish) ? EMPTY_RANK : 0);
}

/* Ranks of all columns, and their order in `order`; the number of those that may be shown. */
static size_t
rank_all(const struct mg_layout_wish *wish, int rank[], enum mg_column_id order[])
{
	bool own = wish->choice != NULL && wish->choice->n > 0;
	size_t n = own ? wish->choice->n : MG_COLUMN_IDS;
	int skip = wish->skip;

	for (size_t i = 0; i < n; i++) {
		enum mg_column_id id = own ? wish->choice->ids[i] : (enum mg_column_id)i;
		bool stays = id == MG_COLUMN_ID_pid || id == MG_COLUMN_ID_command;

		order[i] = id;
		rank[id] = !own ? rank_of(id, wish) : id == MG_COLUMN_ID_command ? 0 : (int)i + 1;
		if (!stays && rank[id] != INT_MAX && skip-- > 0)
			rank[id] = INT_MAX;
	}
	return n;
}

struct pick {
	const enum mg_column_id *order;
	size_t n;
	const int *rank;
	struct stretch stretch[MG_COLUMN_IDS];
	bool chosen[MG_COLUMN_IDS];
};

/* Takes columns by rank while they fit, and empty ones only when all others do. Returns the columns
 * of the screen that are left over. */
static int
choose(struct pick *p, int width)
{
	int left = width + 1; /* each column but the first has a blank before it */
	bool all = true;

	for (int r = 0; r < (all ? RANKS : EMPTY_RANK); r++) {
		for (size_t i = 0; i < p->n; i++) {
			enum mg_column_id id = p->order[i];

			if (p->rank[id] != r)
				continue;
			if (r > 0 && p->stretch[id].min + 1 > left) {
				all = false;
				continue;
			}
			p->chosen[id] = true;
			left -= p->stretch[id].min + 1;
		}
	}
	return left;
}

/* One cell for each in turn, so that they grow alike; but names before pictures. */
static int
widen(struct pick *p, int left, bool names)
{
	bool any = true;

	while (left > 0 && any) {
		any = false;
		for (size_t i = 0; i < MG_COLUMN_IDS && left > 0; i++) {
			bool is_name = mg_columns[i].form == MG_COLUMN_NAME;

			if (!p->chosen[i] || is_name != names ||
			    p->stretch[i].min >= p->stretch[i].max)
				continue;
			p->stretch[i].min++;
			left--;
			any = true;
		}
	}
	return left;
}

void
mg_layout_make(struct mg_layout *out, const struct mg_layout_wish *wish)
{
	enum mg_column_id order[MG_COLUMN_IDS];
	int rank[MG_COLUMN_IDS], col = 0;
	struct pick p = { .order = order, .rank = rank };

	p.n = rank_all(wish, rank, order);
	for (size_t i = 0; i < p.n; i++)
		p.stretch[order[i]] = stretch_of(order[i], wish);
	widen(&p, widen(&p, choose(&p, wish->width), true), false);
	out->n = 0;
	for (size_t i = 0; i < p.n; i++) {
		int width = p.stretch[order[i]].min;

		if (!p.chosen[order[i]])
			continue;
		out->shown[out->n++] = (struct mg_layout_column){ order[i], col, width };
		col += width + 1;
	}
}

const struct mg_layout_column *
mg_layout_at(const struct mg_layout *l, int col)
{
	for (size_t i = 0; i < l->n; i++)
		if (col >= l->shown[i].col && col <= l->shown[i].col + l->shown[i].width)
			return &l->shown[i];
	return NULL;
}
