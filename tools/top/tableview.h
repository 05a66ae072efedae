/* SPDX-License-Identifier: MIT */
/* How the table of processes looks. Also what --once and `memgov ps` print. Pure. */
#ifndef MG_TABLEVIEW_H
#define MG_TABLEVIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/top/canvas.h"
#include "tools/top/table.h"

/* Title line and rows into rows row..row+height-1, with the selection in sight. */
void mg_tableview_draw(
    struct mg_table *t, struct mg_canvas *c, int row, int height, bool with_selection);

/* The bar of one process: live, cached, parked and the rest, against its ceiling or else against
 * `largest`. */
void mg_tableview_bar(
    const struct mg_proc *p, struct mg_canvas *c, int row, int col, int width, uint64_t largest);

/* Style of a state. */
enum mg_style mg_tableview_state_style(const struct mg_proc *p);

#endif
