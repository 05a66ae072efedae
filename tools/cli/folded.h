/* SPDX-License-Identifier: MIT */
/* Stacks on one line each, "main;load;parse 5242880", as makers of flame graphs read them:
 * functions from the outermost to the innermost, and bytes. */
#ifndef MG_FOLDED_H
#define MG_FOLDED_H

#include "tools/cli/export.h"
#include "tools/common/stacks.h"

mg_export_fn mg_folded_write;

/* The function of a line, short. Returns buf. */
char *mg_folded_name(const struct mg_symbols_line *l, char *buf, size_t n);

#endif
