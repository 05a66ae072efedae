/* SPDX-License-Identifier: MIT */
#include "tools/top/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
mg_table_init(struct mg_table *t)
{
	mg_table_sort_by(t, MG_COLUMN_ID_heap);
}

void
mg_table_free(struct mg_table *t)
{
	free(t->rows);
	free(t->places);
	*t = (struct mg_table){ 0 };
}

void
mg_table_sort_by(struct mg_table *t, enum mg_column_id id)
{
	t->sort = id;
	t->descending =
	    mg_columns[id].form >= MG_COLUMN_BAR && mg_columns[id].form != MG_COLUMN_PROCESS;
}

bool
mg_table_matches(const struct mg_proc *p, const char *text)
{
	char pid[12];

	snprintf(pid, sizeof pid, "%d", p->pid);
	return strcasestr(mg_procs_command(p), text) != NULL ||
	       strncmp(pid, text, strlen(text)) == 0;
}

static bool
has_matching_child(const struct mg_table *t, const struct mg_procs *procs, const struct mg_proc *p)
{
	for (size_t i = 0; i < procs->n; i++) {
		const struct mg_proc *up = procs->list[i];

		if (!mg_table_matches(up, t->filter))
			continue;
		/* Not further than all of them: ids that are used again may make a circle. */
		for (size_t steps = 0; up != NULL && steps <= procs->n; steps++) {
			up = mg_procs_find(procs, mg_procs_parent(up));
			if (up == p)
				return true;
		}
	}
	return false;
}

static bool
passes(const struct mg_table *t, const struct mg_procs *procs, const struct mg_proc *p)
{
	return t->filter[0] == '\0' || mg_table_matches(p, t->filter) ||
	       (t->tree && has_matching_child(t, procs, p));
}

static int
compare(const void *a, const void *b, void *table)
{
	const struct mg_proc *x = *(struct mg_proc *const *)a, *y = *(struct mg_proc *const *)b;
	const struct mg_table *t = table;
	int order = mg_columns_compare(x, y, t->sort);

	if (order == 0)
		return mg_columns_compare(x, y, MG_COLUMN_ID_pid);
	return t->descending ? -order : order;
}

static void
select_row(struct mg_table *t, size_t row)
{
	t->selected = row;
	t->selected_pid = t->rows[row]->pid;
}

void
mg_table_select(struct mg_table *t, size_t row)
{
	select_row(t, row);
	t->is_chosen = true;
}

/* Onto its process, wherever that is now; when it has gone, onto what is in its place. */
static void
select_again(struct mg_table *t)
{
	size_t last = t->n - 1;

	if (t->n == 0)
		return;
	for (size_t i = 0; t->is_chosen && i < t->n; i++) {
		if (t->rows[i]->pid == t->selected_pid) {
			t->selected = i;
			return;
		}
	}
	select_row(t, !t->is_chosen ? 0 : t->selected < last ? t->selected : last);
}

static bool
make_room(struct mg_table *t, size_t n)
{
	struct mg_tree_place *places;
	struct mg_proc **rows;

	if (n <= t->cap)
		return true;
	rows = realloc(t->rows, n * sizeof(struct mg_proc *));
	if (rows == NULL)
		return false;
	t->rows = rows;
	places = realloc(t->places, n * sizeof *places);
	if (places == NULL)
		return false;
	t->places = places;
	t->cap = n;
	return true;
}

void
mg_table_update(struct mg_table *t, const struct mg_procs *procs)
{
	size_t n;

	t->n = 0;
	if (!make_room(t, procs->n))
		return;
	for (size_t i = 0; i < procs->n; i++)
		if (passes(t, procs, procs->list[i]))
			t->rows[t->n++] = procs->list[i];
	if (t->n > 1)
		qsort_r(t->rows, t->n, sizeof(struct mg_proc *), compare, t);
	if (t->n > 0)
		memset(t->places, 0, t->n * sizeof *t->places);
	n = t->tree ? mg_tree_order(t->rows, t->places, t->n) : 0;
	t->n = n > 0 ? n : t->n;
	select_again(t);
}

void
mg_table_move(struct mg_table *t, long by)
{
	long i = (long)t->selected + by, last = (long)t->n - 1;

	if (t->n > 0)
		mg_table_select(t, (size_t)(i < 0 ? 0 : i > last ? last : i));
}

bool
mg_table_search(struct mg_table *t, size_t from, int step)
{
	for (size_t i = 0; i < t->n; i++) {
		size_t by = step > 0 ? i : t->n - i % t->n, row = (from + by) % t->n;

		if (mg_table_matches(t->rows[row], t->search)) {
			mg_table_select(t, row);
			return true;
		}
	}
	return false;
}
