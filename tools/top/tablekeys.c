/* SPDX-License-Identifier: MIT */
#include "tools/top/tablekeys.h"

#include "tools/top/typing.h"

static void
go_sideways(struct mg_table *t, int by)
{
	int most = (t->choice.n > 0 ? (int)t->choice.n : MG_COLUMN_IDS) - 3;

	t->skip += by;
	t->skip = t->skip > most ? most : t->skip;
	t->skip = t->skip < 0 ? 0 : t->skip;
}

/* Columns that may be on the screen, in their order. */
static size_t
list_sortable(const struct mg_table *t, enum mg_column_id out[])
{
	size_t n = 0;

	if (t->choice.n > 0)
		for (; n < t->choice.n; n++)
			out[n] = t->choice.ids[n];
	else
		for (enum mg_column_id id = 0; id < MG_COLUMN_IDS; id++)
			if (mg_columns[id].rank < MG_COLUMN_WHEN_CHOSEN)
				out[n++] = id;
	return n;
}

static bool
is_picture(enum mg_column_id id)
{
	return mg_columns[id].form == MG_COLUMN_BAR || mg_columns[id].form == MG_COLUMN_TREND;
}

/* Pictures show a statistic that has a figure of its own. */
static void
turn_sort(struct mg_table *t, int by)
{
	enum mg_column_id ids[MG_COLUMN_IDS];
	size_t n = list_sortable(t, ids), at = by > 0 ? n - 1 : 0;

	for (size_t i = 0; i < n; i++)
		if (ids[i] == t->sort)
			at = i;
	for (size_t i = 0; i < n; i++) {
		at = (at + n + (size_t)by) % n;
		if (!is_picture(ids[at]))
			break;
	}
	mg_table_sort_by(t, ids[at]);
}

static size_t
row_of(const struct mg_table *t, int pid)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->rows[i]->pid == pid)
			return i;
	return t->n;
}

static bool
has_children(const struct mg_table *t, size_t row)
{
	return t->places[row].hidden > 0 ||
	       (row + 1 < t->n && t->places[row + 1].depth > t->places[row].depth);
}

/* A row that has nothing below it folds with those beside it, into their parent. */
static void
fold(struct mg_table *t, bool folded)
{
	struct mg_proc *p = t->selected < t->n ? t->rows[t->selected] : NULL;

	if (p == NULL || !t->tree)
		return;
	if (folded && !has_children(t, t->selected) && t->places[t->selected].depth > 0) {
		size_t row = row_of(t, mg_procs_parent(p));

		if (row == t->n)
			return;
		mg_table_select(t, row);
		p = t->rows[row];
	}
	p->is_folded = folded;
}

static void
search_on(struct mg_model *m, int step, uint64_t now)
{
	struct mg_table *t = &m->table;
	size_t from = t->selected + t->n + (size_t)step;

	if (t->search[0] == '\0')
		mg_typing_begin_search(m);
	else if (t->n == 0 || !mg_table_search(t, from % t->n, step))
		mg_model_say(m, now, MG_STYLE_WARN, "No row has '%s'", t->search);
}

bool
mg_tablekeys_act(struct mg_model *m, enum mg_keys_action action, uint64_t now_ns)
{
	struct mg_table *t = &m->table;

	switch (action) {
	case MG_KEYS_LEFT: go_sideways(t, -1); break;
	case MG_KEYS_RIGHT: go_sideways(t, 1); break;
	case MG_KEYS_SORT_LEFT: turn_sort(t, -1); break;
	case MG_KEYS_SORT_RIGHT: turn_sort(t, 1); break;
	case MG_KEYS_REVERSE: t->descending = !t->descending; break;
	case MG_KEYS_TREE: t->tree = !t->tree; break;
	case MG_KEYS_FOLD: fold(t, true); break;
	case MG_KEYS_UNFOLD: fold(t, false); break;
	case MG_KEYS_COLUMNS: mg_chooser_open(&m->chooser, t); return true;
	case MG_KEYS_FILTER: mg_typing_begin_filter(m); return true;
	case MG_KEYS_SEARCH: mg_typing_begin_search(m); return true;
	case MG_KEYS_SEARCH_NEXT: search_on(m, 1, now_ns); return true;
	case MG_KEYS_SEARCH_PREV: search_on(m, -1, now_ns); return true;
	default: return false;
	}
	mg_table_update(t, &m->procs);
	return true;
}
