/* SPDX-License-Identifier: MIT */
/* What is written into a file for other programs. Where memory runs out, the command ends. */
#ifndef MG_EXPORT_H
#define MG_EXPORT_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "tools/cli/capture.h"
#include "tools/common/symbols.h"

struct mg_export {
	int pid;
	char program[PATH_MAX]; /* its file */
	const struct mg_capture *capture;
	struct mg_symbols *symbols;
	bool is_alloc; /* what was ever allocated, rather than what is live */
};

/* Errors of the file are left for ferror(). */
typedef void mg_export_fn(const struct mg_export *e, FILE *out);

#endif
