/* SPDX-License-Identifier: MIT */
/* The whole screen: header, table or a process's page, help, and the bottom line. Pure. */
#ifndef MG_PAGE_H
#define MG_PAGE_H

#include <stdint.h>

#include "tools/top/canvas.h"
#include "tools/top/model.h"

/* Draws into a cleared canvas of any size. */
void mg_page_draw(struct mg_model *m, struct mg_canvas *c, uint64_t now_ns);

#endif
