/* SPDX-License-Identifier: MIT */
/*
 * One request to one governed process and its reply, without ever blocking: many exchanges go on at
 * once under one poll(2), and a process that never answers costs its own deadline and nobody else's
 * time. What comes back is outside text: bounded here, parsed in reply.h. Time is CLOCK_MONOTONIC
 * and comes from the caller.
 */
#ifndef MG_CLIENT_H
#define MG_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MG_CLIENT_REQUEST_BYTES 512
#define MG_CLIENT_REPLY_BYTES (16u << 20)

/* All zero, or after mg_client_end(), is one without an exchange. */
struct mg_client {
	bool busy;
	int fd;
	int result; /* of the last exchange: 0 or -errno */
	size_t request_len, sent;
	size_t len, cap;
	char *reply; /* NUL-terminated once the exchange has ended well; kept for the next one */
	uint64_t deadline_ns;
	char request[MG_CLIENT_REQUEST_BYTES];
};

/*
 * Connects and begins to send `request` (without newline). 0; or -errno, and then there is no
 * exchange: -ECONNREFUSED when nobody listens, -ENOENT when the socket has gone, -EAGAIN when too
 * many wait, -EPERM when another user answers, -E2BIG.
 */
int mg_client_start(
    struct mg_client *c, const char *path, const char *request, uint64_t deadline_ns);

/* What poll(2) is to wait for on c->fd. */
short mg_client_events(const struct mg_client *c);

/*
 * Goes on as far as it can. True when the exchange has ended: c->result is 0 and c->reply the
 * reply; or -ETIME when the deadline has passed, -EFBIG when the reply is too long, or what the
 * connection failed with.
 */
bool mg_client_step(struct mg_client *c, uint64_t now_ns);

/* Gives up the exchange, if there is one, and frees the reply. */
void mg_client_end(struct mg_client *c);

/* A whole exchange, waiting for its end. Returns c->result; the reply is in `c` until
 * mg_client_end(). */
int mg_client_ask(struct mg_client *c, const char *path, const char *request, uint64_t timeout_ns);

/*
 * Sends `request` and passes on what comes back, as it comes, until the process closes or `take`
 * answers false. 0 or -errno. Waits without a deadline: for `watch`.
 */
typedef bool mg_client_take_fn(void *context, const char *bytes, size_t n);
int mg_client_stream(const char *path, const char *request, mg_client_take_fn *take, void *context);

#endif
