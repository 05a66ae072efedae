/* SPDX-License-Identifier: MIT */
/* The allocation sites on a process's page: how sure the figures are, a row for each site, and the
 * stack of the selected one below or beside them. Pure. */
#ifndef MG_SITEVIEW_H
#define MG_SITEVIEW_H

#include "tools/top/canvas.h"
#include "tools/top/detail.h"
#include "tools/top/procs.h"

void mg_siteview_draw(
    struct mg_detail *d, const struct mg_proc *p, struct mg_canvas *c, struct mg_pane at);

#endif
