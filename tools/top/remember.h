/* SPDX-License-Identifier: MIT */
/* What is remembered from one run of memgov-top to the next: from the file into the model, and
 * back. */
#ifndef MG_REMEMBER_H
#define MG_REMEMBER_H

#include <limits.h>

#include "tools/top/model.h"
#include "tools/top/options.h"
#include "tools/top/toprc.h"

struct mg_remember {
	char path[PATH_MAX]; /* empty: nowhere to remember it */
	struct mg_toprc file, started;
	char complaint[256];
};

/* Options win over the file. What is wrong with the file is said in the bottom line. */
void mg_remember_load(struct mg_remember *r, const struct mg_options *o, struct mg_model *m);

/* Writes what was changed since, if anything was; what the options said is not remembered. 0, or
 * -errno when it could not be written. */
int mg_remember_save(const struct mg_remember *r, const struct mg_model *m);

#endif
