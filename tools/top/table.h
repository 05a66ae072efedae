/* SPDX-License-Identifier: MIT */
/* The table of processes: which rows, in which order, and how they look. Also what --once and
 * `memgov ps` print. Pure. */
#ifndef MG_TABLE_H
#define MG_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/top/canvas.h"
#include "tools/top/columns.h"
#include "tools/top/procs.h"

#define MG_TABLE_FILTER_BYTES 64

/* All zero, then mg_table_init(). */
struct mg_table {
	enum mg_column_id sort;
	bool descending;
	int skip; /* columns left out, see mg_columns_layout() */
	char filter[MG_TABLE_FILTER_BYTES];
	int selected_pid;      /* 0: none */
	size_t selected;       /* its row, or where it was before it went */
	size_t top;            /* first row that is shown */
	struct mg_proc **rows; /* those that pass the filter, in order */
	size_t n, cap;
};

/* By footprint, largest first. */
void mg_table_init(struct mg_table *t);
void mg_table_free(struct mg_table *t);

/* Numbers from the largest down, names from A to Z. */
void mg_table_sort_by(struct mg_table *t, enum mg_column_id id);

/* Filters and sorts anew, also after a process was dropped from `procs`; the selection stays on its
 * process, or moves to the nearest row. */
void mg_table_update(struct mg_table *t, const struct mg_procs *procs);

/* Moves the selection by so many rows, as far as there are any. */
void mg_table_move(struct mg_table *t, long by);

/* Title line and rows into rows row..row+height-1, with the selection in sight. */
void mg_table_draw(
    struct mg_table *t, struct mg_canvas *c, int row, int height, bool with_selection);

/* The bar of one process: live, cached, parked and the rest, against its ceiling or else against
 * `largest`. */
void mg_table_draw_bar(
    const struct mg_proc *p, struct mg_canvas *c, int row, int col, int width, uint64_t largest);

/* Style of a state. */
enum mg_style mg_table_state_style(const struct mg_proc *p);

#endif
