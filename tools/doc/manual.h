/* SPDX-License-Identifier: MIT */
/*
 * Manual pages: hand-written mdoc in which each line `.\" memgov-doc TABLE` stands for a generated
 * table, and
 * `.\" memgov-doc pages` for the subcommands of memgov. Pure.
 */
#ifndef MG_MANUAL_H
#define MG_MANUAL_H

#include <stddef.h>

#include "shim/base/text.h"

/* 0; or -EINVAL when there is no such table, in line *bad_line_out; or -ENOSPC when `out` is too
 * small. */
int mg_manual_expand(const char *page, struct mg_text *out, size_t *bad_line_out);

#endif
