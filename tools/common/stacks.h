/* SPDX-License-Identifier: MIT */
/*
 * Sites with names: stacks that read the same are one (a leak is often reached on many ways),
 * frames of an interpreter that say nothing are folded into one line, and each has its trend, its
 * share and its rank. What `memgov sites`, leak-test, doctor and memgov-top show. Pure, but for
 * memory.
 */
#ifndef MG_STACKS_H
#define MG_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/common/profile.h"
#include "tools/common/symbols.h"

#define MG_STACKS_LINES 64

struct mg_stacks_site {
	uint64_t live_blocks, live_bytes, alloc_blocks, alloc_bytes, in, out;
	uint64_t first_ms, last_ms; /* ages of the first and last sample */
	uint64_t ages[MG_PROFILE_AGES];
	struct mg_trend trend;
	struct mg_trend_mark marks[MG_TREND_SCALES][MG_TREND_MARKS];
	size_t n_lines;                                /* at least 1 */
	struct mg_symbols_line lines[MG_STACKS_LINES]; /* innermost first */
	size_t culprit;  /* the line to blame: the first that neither allocates for others (malloc,
			    operator new, xmalloc, std::vector ...) nor is an interpreter; or the
			    most telling of those where there are no others */
	uint64_t number; /* of one of its sites */
	size_t ways;     /* sites of the profile that it is made of */
};

struct mg_stacks {
	size_t n;
	struct mg_stacks_site *sites; /* ranked: suspects first, then growing, then by live bytes */
	uint64_t live_bytes;          /* of all */
};

/* 0 or -ENOMEM. The lines' strings belong to `s`. */
int mg_stacks_make(const struct mg_profile *p, struct mg_symbols *s, struct mg_stacks *out);
void mg_stacks_free(struct mg_stacks *st);

/* Makes one of all sites with the same line to blame, and leaves of their stacks that line. 0 or
 * -ENOMEM. */
int mg_stacks_group(const struct mg_profile *p, struct mg_stacks *st);

/* The one with the same lines as `like`, whose lines may be of another profile but are of the same
 * mg_symbols; NULL when there is none. */
const struct mg_stacks_site *mg_stacks_find(
    const struct mg_stacks *st, const struct mg_stacks_site *like);

/* "leak (victim.c:42)", "libfoo.so+0x1234". Without the parameters of C++. Returns buf. */
char *mg_stacks_print_line(const struct mg_symbols_line *l, char *buf, size_t n);

/* How old half of its live bytes are, in a word: "<10s", "<1m", "<10m", "<1h", "<1d", ">1d"; "-"
 * when it holds nothing. */
const char *mg_stacks_age(const struct mg_stacks_site *site);

#endif
