/* SPDX-License-Identifier: MIT */
/* The command line of memgov-top. */
#ifndef MG_OPTIONS_H
#define MG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/top/columns.h"
#include "tools/top/layout.h"

#define MG_OPTIONS_PIDS 64

struct mg_options {
	bool once, json;
	int pids[MG_OPTIONS_PIDS];
	size_t n_pids;
	uint64_t interval_ns; /* 0: not said, as is no column in `columns` */
	bool has_sort, no_mouse;
	enum mg_column_id sort;
	struct mg_layout_choice columns;
	const char *filter;          /* NULL: none */
	const char *record, *replay; /* files; NULL: none */
	uint64_t record_max_bytes;
};

/* 0 to go on; 2 for wrong usage, and it is said; -1 when all is said, as after --help. */
int mg_options_parse(struct mg_options *o, int argc, char **argv);

#endif
