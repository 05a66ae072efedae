/* SPDX-License-Identifier: MIT */
/* What changes a process: a compaction, an option. */
#ifndef MG_ORDERS_H
#define MG_ORDERS_H

#include "tools/serve/board.h"
#include "tools/serve/request.h"

void mg_orders_set(struct mg_web *w, const struct mg_board_process *p, const struct mg_post *order,
    struct mg_response *r);
void mg_orders_compact(struct mg_web *w, const struct mg_board_process *p,
    const struct mg_post *order, struct mg_response *r);

#endif
