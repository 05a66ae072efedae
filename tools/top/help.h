/* SPDX-License-Identifier: MIT */
/* The list of all keys, on as many pages as the screen needs. Pure. */
#ifndef MG_HELP_H
#define MG_HELP_H

#include "tools/top/canvas.h"
#include "tools/top/model.h"

void mg_help_open(struct mg_model *m);

/* A key: back, away, or on to the next page. */
void mg_help_key(struct mg_model *m, int key);

void mg_help_draw(struct mg_model *m, struct mg_canvas *c);

#endif
