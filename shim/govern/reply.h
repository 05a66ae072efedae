/* SPDX-License-Identifier: MIT */
/*
 * Room for replies: none while a client says nothing, as much as its request needs from then on,
 * until all is sent. Profiles of many sites are large, and whoever asks for one need not read it,
 * so there are only a few at once. Governor thread only.
 */
#ifndef MG_REPLY_H
#define MG_REPLY_H

#include "shim/govern/serve.h"

/* False, and an error stands in c->out instead, when there is none. */
bool mg_reply_get(const struct mg_serve *s, struct mg_serve_client *c);
/* Also at first; c->out is room for an error then. */
void mg_reply_put(struct mg_serve_client *c);

#endif
