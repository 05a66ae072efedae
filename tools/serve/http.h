/* SPDX-License-Identifier: MIT */
/* HTTP by libmicrohttpd: a thread for each connection, of which there are few. */
#ifndef MG_HTTP_H
#define MG_HTTP_H

#include "tools/serve/web.h"

struct mg_http;

/* Begins to answer. NULL when it cannot. */
struct mg_http *mg_http_start(struct mg_web *w);
void mg_http_stop(struct mg_http *h);

#endif
