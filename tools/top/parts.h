/* SPDX-License-Identifier: MIT */
/* The parts of a process's page, row by row; the rows of sites are in siteview.h. Pure. */
#ifndef MG_PARTS_H
#define MG_PARTS_H

#include "tools/top/canvas.h"
#include "tools/top/detail.h"
#include "tools/top/procs.h"

const char *mg_parts_title(enum mg_detail_part part);

/* Rows that a part has, a line of titles for their columns, and one of them, in the first row of a
 * pane. */
size_t mg_parts_rows(const struct mg_detail *d, const struct mg_proc *p, enum mg_detail_part part);
void mg_parts_draw_titles(struct mg_canvas *c, struct mg_pane at, enum mg_detail_part part);
void mg_parts_draw_row(const struct mg_detail *d, const struct mg_proc *p, struct mg_canvas *c,
    struct mg_pane at, enum mg_detail_part part, size_t i);

/* All of what a row may be too narrow for; "" when that is nothing. */
void mg_parts_explain(const struct mg_detail *d, const struct mg_proc *p, enum mg_detail_part part,
    size_t i, char *buf, size_t cap);

/* What stands there when a part has no rows. */
const char *mg_parts_empty(const struct mg_detail *d, enum mg_detail_part part);

#endif
