/* SPDX-License-Identifier: MIT */
/*
 * What memgov-top remembers, as the text of its file: lines "name value", "#" for remarks.
 *
 *   columns pid command heap rss    from left to right; none: by the width of the screen
 *   sort heap
 *   reverse yes                     or no, as for tree and mouse
 *   tree yes
 *   interval 2s
 *   mouse no
 *
 * The file may be a user's own work, or a later version's: what is not understood is kept as it is.
 * Pure; files are toprcfile.h.
 */
#ifndef MG_TOPRC_H
#define MG_TOPRC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/top/layout.h"

#define MG_TOPRC_INTERVAL_MIN_NS (100 * 1000000ull)
#define MG_TOPRC_INTERVAL_MAX_NS (3600 * 1000000000ull)

struct mg_toprc {
	struct mg_layout_choice choice;
	enum mg_column_id sort;
	bool reverse; /* numbers from the smallest up, names from Z to A */
	bool tree, mouse;
	uint64_t interval_ns;
};

/* As without a file. */
void mg_toprc_init(struct mg_toprc *rc);

bool mg_toprc_is_same(const struct mg_toprc *a, const struct mg_toprc *b);

/* Into `rc` what differs in `now` from `before`. */
void mg_toprc_merge(struct mg_toprc *rc, const struct mg_toprc *before, const struct mg_toprc *now);

/* "pid,command" or "pid command": the columns that there are, COMMAND always among them. False for
 * a name that is no column, and *bad_out is the first of these; or when it names none. */
bool mg_toprc_parse_columns(
    const char *list, struct mg_layout_choice *out, char *bad_out, size_t cap);

/* A time from 100 ms to an hour. */
bool mg_toprc_parse_interval(const char *value, uint64_t *out_ns);

/* Reads a file's text into `rc`, which has the defaults. What was not understood first, and what is
 * accepted there, is put into `complaint`; empty when all was. */
void mg_toprc_parse(const char *text, struct mg_toprc *rc, char *complaint, size_t cap);

/*
 * The file anew, to be freed: lines of `text` that are remarks or were not understood, and then
 * what differs from the defaults. Where a line was not understood and its setting has not changed
 * since `loaded`, that line is all there is of it. NULL when there is no memory.
 */
char *mg_toprc_print(const char *text, const struct mg_toprc *loaded, const struct mg_toprc *now);

#endif
