/* SPDX-License-Identifier: MIT */
/* A request as HTTP has brought it, and its answer. */
#ifndef MG_REQUEST_H
#define MG_REQUEST_H

#include "tools/serve/post.h"
#include "tools/serve/response.h"
#include "tools/serve/web.h"

struct mg_request {
	const char *method, *path;
	const char *host, *origin, *authorization, *content_type; /* NULL: none */
	char body[MG_POST_BYTES];
	size_t n; /* of the body, also when it is larger */
};

/* May take as long as a process takes to answer. */
void mg_request_answer(struct mg_web *w, const struct mg_request *q, struct mg_response *r);

#endif
