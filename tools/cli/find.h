/* SPDX-License-Identifier: MIT */
/* From what a user types to the socket of a process, or to a sentence that says why there is none
 * and what to do. */
#ifndef MG_FIND_H
#define MG_FIND_H

#include "tools/common/client.h"
#include "tools/common/sockets.h"

/* A process id, or the name of a command that exactly one governed process has. 0; or the exit
 * status, and it is said. */
int mg_find_process(const char *who, struct mg_socket *out);

/*
 * Asks the process. 0, and the text behind "ok" is in *body_out until mg_client_end(c); or the exit
 * status, and it is said why there is no answer.
 */
int mg_find_ask(const struct mg_socket *s, const char *request, uint64_t timeout_ns,
    struct mg_client *c, char **body_out);

#endif
