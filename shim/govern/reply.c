/* SPDX-License-Identifier: MIT */
#include "shim/govern/reply.h"

#include "shim/base/sys.h"
#include "shim/govern/answer.h"

#define LARGE_BYTES ((size_t)1 << 20)
#define MOST_LARGE 4u

static bool
is_crowded(const struct mg_serve *s, size_t bytes)
{
	unsigned n = 0;

	for (int i = 0; i < MG_SERVE_CLIENTS; i++)
		n += s->clients[i].reply_bytes > LARGE_BYTES;
	return bytes > LARGE_BYTES && n >= MOST_LARGE;
}

bool
mg_reply_get(const struct mg_serve *s, struct mg_serve_client *c)
{
	size_t bytes = mg_answer_room(c->in);

	if (is_crowded(s, bytes)) {
		mg_text_add(&c->out, "error: others ask for as much right now; try again\n");
		return false;
	}
	c->reply = mg_sys_map(bytes);
	if (c->reply == NULL) {
		mg_text_add(&c->out, "error: no memory\n");
		return false;
	}
	c->reply_bytes = bytes;
	mg_text_init(&c->out, c->reply, bytes);
	return true;
}

void
mg_reply_put(struct mg_serve_client *c)
{
	if (c->reply != NULL)
		mg_sys_unmap(c->reply, c->reply_bytes);
	c->reply = NULL;
	c->reply_bytes = 0;
	mg_text_init(&c->out, c->in + MG_SERVE_LINE_BYTES + 1,
	    MG_SERVE_CLIENT_BYTES - MG_SERVE_LINE_BYTES - 1);
}
