/* SPDX-License-Identifier: MIT */
/* Which columns are on the screen, and where. A column is shown as a whole or not at all. Pure. */
#ifndef MG_LAYOUT_H
#define MG_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/top/columns.h"

/* The columns that a user wants, from left to right; the further left, the later one gives way.
 * None: the order of columns.def, and what gives way is told by the ranks there. */
struct mg_layout_choice {
	size_t n;
	enum mg_column_id ids[MG_COLUMN_IDS];
};

bool mg_layout_has(const struct mg_layout_choice *choice, enum mg_column_id id);

struct mg_layout_wish {
	struct mg_proc *const *list;
	size_t n;
	int width;
	int skip;   /* columns left out, beside the process and its name, to see what is right */
	int indent; /* room before the longest name, for the branches of a tree */
	enum mg_column_id sort; /* is always shown, where there is no choice */
	const struct mg_layout_choice *choice;
};

struct mg_layout {
	size_t n;
	struct mg_layout_column {
		enum mg_column_id id;
		int col, width;
	} shown[MG_COLUMN_IDS];
};

/* Columns without anything to show come last. What is left over widens names, bars and trends. */
void mg_layout_make(struct mg_layout *out, const struct mg_layout_wish *wish);

/* The column at this place of a row, NULL when there is none; the blank behind one counts to it. */
const struct mg_layout_column *mg_layout_at(const struct mg_layout *l, int col);

#endif
