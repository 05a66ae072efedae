/* SPDX-License-Identifier: MIT */
/* A line of a stack in few columns. Pure. */
#ifndef MG_SITELINE_H
#define MG_SITELINE_H

#include "tools/common/symbols.h"
#include "tools/top/canvas.h"

/*
 * "function (file:line)" in n columns. When that is too long the name of the file is shortened,
 * then left out, then namespaces are, then the rest is cut; an ellipsis says where. Returns the
 * column behind it.
 */
int mg_siteline_draw(const struct mg_symbols_line *l, struct mg_canvas *c, int row, int col, int n,
    enum mg_style style);

#endif
