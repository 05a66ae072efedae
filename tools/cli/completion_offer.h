/* SPDX-License-Identifier: MIT */
/* Offers words for what is typed, those that begin like it: processes, options, values. Pure. */
#ifndef MG_COMPLETION_OFFER_H
#define MG_COMPLETION_OFFER_H

#include <stdio.h>

#include "shim/tables/config.h"
#include "tools/cli/completion.h"

struct mg_offer {
	const struct mg_completion *c;
	FILE *out;
	const char *command; /* the subcommand, or memgov-top */
	const char *typed;   /* the word before the cursor */
	size_t kept;         /* so many bytes of it are not compared: what stands before a value */
};

/* The first n bytes of `word`. */
void mg_offer(const struct mg_offer *r, const char *word, size_t n, const char *help);

/* Every option that has all of `flags`: `before`, then its name with `separator` between words. */
void mg_offer_options(const struct mg_offer *r, const char *before, char separator, unsigned flags);

/* The words that an option accepts; none where it takes a number. */
void mg_offer_values(struct mg_offer *r, const struct mg_option *o);

/* What a usage line has in the place of a value: "PID", "FILE", or a word to be typed as it is. */
void mg_offer_value(struct mg_offer *r, const char *value, const char *help);

/* heap-max and heap_max, the first n bytes of `word`; NULL when there is none. */
const struct mg_option *mg_offer_find_option(const char *word, size_t n);

#endif
