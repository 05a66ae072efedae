/* SPDX-License-Identifier: MIT */
/* The answers in JSON, as api.h has them. */
#ifndef MG_VIEWS_H
#define MG_VIEWS_H

#include "tools/serve/board.h"
#include "tools/serve/response.h"
#include "tools/serve/web.h"

void mg_views_all(struct mg_web *w, const struct mg_board *b, struct mg_response *r);
void mg_views_process(struct mg_web *w, const struct mg_board_process *p, struct mg_response *r);
void mg_views_history(struct mg_web *w, const struct mg_board_process *p, struct mg_response *r);

#endif
