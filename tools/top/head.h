/* SPDX-License-Identifier: MIT */
/* The top of a process's page: who it is, and what its memory is made of. Pure. */
#ifndef MG_HEAD_H
#define MG_HEAD_H

#include "tools/top/canvas.h"
#include "tools/top/procs.h"

#define MG_HEAD_ROWS 4

void mg_head_draw(const struct mg_proc *p, struct mg_canvas *c);

#endif
