/* SPDX-License-Identifier: MIT */
/* Columns of the process table: which there are, which of them fit, and what a process has in each.
 * Pure. */
#ifndef MG_COLUMNS_H
#define MG_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "shim/base/text.h"
#include "tools/top/procs.h"

enum mg_column_form {
	MG_COLUMN_NAME,
	MG_COLUMN_STATE,
	MG_COLUMN_BAR,
	MG_COLUMN_BYTES,
	MG_COLUMN_COUNT,
	MG_COLUMN_RATE,
	MG_COLUMN_SPAN,
	MG_COLUMN_TREND,
};

enum mg_column_id {
#define COLUMN(id, form, stat, rank) MG_COLUMN_ID_##id,
#include "tools/top/columns.def"
	MG_COLUMN_IDS
};

struct mg_column {
	const char *id;
	enum mg_column_form form;
	size_t stat; /* index into mg_snapshot_stats */
	int rank;
};
extern const struct mg_column mg_columns[MG_COLUMN_IDS];

const char *mg_columns_title(enum mg_column_id id);

/* By title, by statistic or by id, in any case; false when there is none. */
bool mg_columns_find(const char *name, enum mg_column_id *out);

/* The text of a cell; "-" for what the process did not send. Not for BAR and TREND. */
void mg_columns_print(const struct mg_proc *p, enum mg_column_id id, struct mg_text *out);

/* Negative, 0 or positive: order of two processes by this column, smallest first. */
int mg_columns_compare(const struct mg_proc *a, const struct mg_proc *b, enum mg_column_id id);

struct mg_column_layout {
	size_t n;
	struct {
		enum mg_column_id id;
		int col, width;
	} shown[MG_COLUMN_IDS];
};

/*
 * Chooses columns for `width`: by rank, those without anything to show last; the one that is sorted
 * by always. What is left over widens names, bars and trends. `skip` columns behind the name are
 * left out, to see what is further right.
 */
void mg_columns_layout(struct mg_column_layout *out, struct mg_proc *const *list, size_t n,
    int width, int skip, enum mg_column_id sort);

#endif
