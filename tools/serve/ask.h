/* SPDX-License-Identifier: MIT */
/* One question to one process, from the thread of the connection that wants to know. */
#ifndef MG_ASK_H
#define MG_ASK_H

#include "tools/common/client.h"
#include "tools/serve/board.h"
#include "tools/serve/response.h"
#include "tools/serve/web.h"

/*
 * True, and the text behind "ok" is in *body_out until mg_client_end(c). Or false, and the answer
 * says why: 404 it has ended, 409 it refuses, 504 it does not answer, 502 it answers nonsense.
 */
bool mg_ask(struct mg_web *w, const struct mg_board_process *p, const char *request,
    uint64_t timeout_ns, struct mg_client *c, char **body_out, struct mg_response *r);

#endif
