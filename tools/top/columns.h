/* SPDX-License-Identifier: MIT */
/* Columns of the process table: which there are, and what a process has in each. Which of them are
 * on the screen is layout.h. Pure. */
#ifndef MG_COLUMNS_H
#define MG_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "shim/base/text.h"
#include "tools/top/procs.h"

/* Up to BAR and from TREND on they stand at the left of their room, the others at its right. */
enum mg_column_form {
	MG_COLUMN_NAME,
	MG_COLUMN_STATE,
	MG_COLUMN_USER,
	MG_COLUMN_LABEL,
	MG_COLUMN_BAR,
	MG_COLUMN_PROCESS,
	MG_COLUMN_BYTES,
	MG_COLUMN_COUNT,
	MG_COLUMN_RATE,
	MG_COLUMN_FLOW,
	MG_COLUMN_SHARE,
	MG_COLUMN_SPAN,
	MG_COLUMN_TREND,
};

enum mg_column_id {
#define COLUMN(id, form, stat, rank) MG_COLUMN_ID_##id,
#include "tools/top/columns.def"
	MG_COLUMN_IDS
};

#define MG_COLUMN_WHEN_CHOSEN 100 /* above every other rank */

struct mg_column {
	const char *id;
	enum mg_column_form form;
	size_t stat; /* index into mg_snapshot_stats */
	int rank;
};
extern const struct mg_column mg_columns[MG_COLUMN_IDS];

const char *mg_columns_title(enum mg_column_id id);

/* One sentence. */
const char *mg_columns_help(enum mg_column_id id);

/* By title, by id or by statistic, in any case; false when there is none. */
bool mg_columns_find(const char *name, enum mg_column_id *out);

/* Whether its text stands at the left. */
bool mg_columns_is_left(enum mg_column_id id);

/* Whether what it shows of the process is nothing: 0, or not known. */
bool mg_columns_is_nothing(const struct mg_proc *p, enum mg_column_id id);

/* The text of a cell; "-" for what the process did not send. Not for BAR and TREND. */
void mg_columns_print(const struct mg_proc *p, enum mg_column_id id, struct mg_text *out);

/* Negative, 0 or positive: order of two processes by this column, smallest first. */
int mg_columns_compare(const struct mg_proc *a, const struct mg_proc *b, enum mg_column_id id);

#endif
