/* SPDX-License-Identifier: MIT */
/*
 * Where things are on the page of a process: its head, charts, the chosen part with its rows, and
 * beside or below it as many of the others as there is room for. Pure.
 */
#ifndef MG_PANES_H
#define MG_PANES_H

#include "tools/top/canvas.h"
#include "tools/top/detail.h"
#include "tools/top/procs.h"

/* Into rows 0..height-1. */
void mg_panes_draw(struct mg_detail *d, const struct mg_proc *p, struct mg_canvas *c, int height);

#endif
