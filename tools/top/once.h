/* SPDX-License-Identifier: MIT */
/* The table and the statistics on standard output, for scripts and for people without a terminal.
 */
#ifndef MG_ONCE_H
#define MG_ONCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/top/columns.h"
#include "tools/top/layout.h"

struct mg_once {
	const int *pids; /* these only; NULL: all */
	size_t n_pids;
	enum mg_column_id sort;
	const struct mg_layout_choice *columns; /* NULL: by the width */
	const char *filter;                     /* NULL: none */
	uint64_t interval_ns; /* between the two looks that rates are computed from */
};

void mg_once_init(struct mg_once *o);

/* Whether the locale and the terminal can show more than ASCII. */
bool mg_once_is_ascii(void);

/* Columns of the terminal; $COLUMNS, or else plenty, where standard output is none. */
int mg_once_width(void);

/* Both return an exit status: 0; 1 when one of the given processes was not found; and say so on
 * stderr. */
int mg_once_table(const struct mg_once *o);
int mg_once_json(const struct mg_once *o);

#endif
