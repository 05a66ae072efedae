/* SPDX-License-Identifier: MIT */
/* The table of processes: which rows, in which order, and which one is selected. How they look is
 * tableview.h. Pure. */
#ifndef MG_TABLE_H
#define MG_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/top/columns.h"
#include "tools/top/layout.h"
#include "tools/top/procs.h"
#include "tools/top/tree.h"

#define MG_TABLE_TEXT_BYTES 64

/* All zero, then mg_table_init(). */
struct mg_table {
	enum mg_column_id sort;
	bool descending, tree;
	struct mg_layout_choice choice;
	int skip; /* columns left out, see layout.h */
	char filter[MG_TABLE_TEXT_BYTES];
	char search[MG_TABLE_TEXT_BYTES];
	int selected_pid;             /* 0: none */
	bool is_chosen;               /* by a key; until then it is the first row's */
	size_t selected;              /* its row, or where it was before it went */
	size_t top;                   /* first row that is shown */
	struct mg_proc **rows;        /* those that pass the filter, in order */
	struct mg_tree_place *places; /* of the rows; all zero without a tree */
	size_t n, cap;
	struct mg_layout layout; /* as it was drawn last, the titles in `row` */
	int row, height;
};

/* By footprint, largest first. */
void mg_table_init(struct mg_table *t);
void mg_table_free(struct mg_table *t);

/* Numbers from the largest down, names from A to Z. */
void mg_table_sort_by(struct mg_table *t, enum mg_column_id id);

/* Filters and sorts anew, also after a process was dropped from `procs`; a selection that
 * was chosen stays on its process, or moves to the nearest row. In a tree the ancestors of what
 * passes the filter stay. */
void mg_table_update(struct mg_table *t, const struct mg_procs *procs);

/* Moves the selection by so many rows, as far as there are any. */
void mg_table_move(struct mg_table *t, long by);

void mg_table_select(struct mg_table *t, size_t row);

/* Whether its name has the text in it, in any case, or its process id begins so. */
bool mg_table_matches(const struct mg_proc *p, const char *text);

/* Selects the next row that `search` matches, from `from` on, going round; false when none does. */
bool mg_table_search(struct mg_table *t, size_t from, int step);

#endif
