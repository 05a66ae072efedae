/* SPDX-License-Identifier: MIT */
/* The lines at the top: the machine's memory, and the sum of the governed processes. Pure. */
#ifndef MG_HEADER_H
#define MG_HEADER_H

#include "tools/common/machine.h"
#include "tools/top/canvas.h"
#include "tools/top/procs.h"

#define MG_HEADER_ROWS 3

void mg_header_draw(struct mg_canvas *c, const struct mg_machine *m, const struct mg_procs *procs);

#endif
