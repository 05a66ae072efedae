/* SPDX-License-Identifier: MIT */
/* Rows in the order of a tree: each process below the nearest governed one that it descends from.
 * Pure. */
#ifndef MG_TREE_H
#define MG_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/top/canvas.h"
#include "tools/top/procs.h"

/* Where a row is in the tree. All zero is a root without children. */
struct mg_tree_place {
	unsigned depth;
	uint64_t rails; /* bit d: the branch at depth d goes on below this row */
	bool is_last;   /* of its parent's children */
	size_t hidden;  /* rows below it that are folded away */
};

/*
 * Brings `rows`, sorted as siblings are to be, into the order of the tree, and describes each row
 * in `places`. Rows below a folded one are left out. Returns the number of rows that are left; 0
 * when there is no memory, and then nothing has been changed.
 */
size_t mg_tree_order(struct mg_proc **rows, struct mg_tree_place *places, size_t n);

/* Cells that the branches take before the name. */
int mg_tree_indent(const struct mg_tree_place *place);

/* Draws the branches, as far as they have room in n cells; the column behind them. */
int mg_tree_draw(const struct mg_tree_place *place, struct mg_canvas *c, int row, int col, int n);

#endif
