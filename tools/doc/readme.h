/* SPDX-License-Identifier: MIT */
/*
 * Generated tables inside of a hand-written page: what stands between <!-- memgov-doc TABLE --> and
 * <!-- /memgov-doc -->, each alone on a line, is replaced by the table in Markdown. Pure.
 */
#ifndef MG_README_H
#define MG_README_H

#include <stddef.h>

#include "shim/base/text.h"

struct mg_readme_report {
	size_t blocks;
	size_t stale; /* blocks that are not what the tables say */
	char first_stale[64];
	size_t bad_line;   /* of an error, from 1 */
	const char *error; /* static text */
};

/* 0; or -EINVAL with bad_line and error: an unknown table, or a block without an end; or -ENOSPC
 * when `out` is too small. */
int mg_readme_rewrite(const char *page, struct mg_text *out, struct mg_readme_report *report);

#endif
