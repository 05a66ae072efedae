/* SPDX-License-Identifier: MIT */
/*
 * The stats socket's clients: many at once, none waited for. A client that does not send its line
 * or does not read its reply within 5 s is dropped; when every place is taken, the one that has
 * been silent for longest goes after 250 ms. All storage is the caller's (the governor's stack) and
 * a mapping for each client, another one while it gets its reply. Governor thread only.
 */
#ifndef MG_SERVE_H
#define MG_SERVE_H

#include "shim/base/text.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MG_SERVE_CLIENTS 32
#define MG_SERVE_LINE_BYTES 4096
#define MG_SERVE_CLIENT_BYTES 8192 /* its mapping: the line, and room for an error behind it */

enum mg_serve_state {
	MG_SERVE_FREE,
	MG_SERVE_READING,   /* the request line */
	MG_SERVE_WAITING,   /* for a compaction */
	MG_SERVE_WRITING,   /* the reply */
	MG_SERVE_WATCHING,  /* for the next block */
	MG_SERVE_LINGERING, /* reply sent; what the client still sends is read away, so that it gets
			       its reply whole */
};

struct mg_serve_client {
	enum mg_serve_state state;
	int fd;
	uint64_t deadline_ns;
	uint64_t compaction;
	uint64_t watch_ns; /* 0: not watching */
	uint64_t next_ns;
	char *in;
	size_t in_len;
	struct mg_text out;
	size_t sent;
	char *reply; /* see reply.h */
	size_t reply_bytes;
	size_t polled; /* its entry in the poll set, 0 when it has none */
};

struct mg_serve {
	int listen_fd; /* -1: no socket */
	bool read_only;
	struct mg_serve_client clients[MG_SERVE_CLIENTS];
};

/* Opens the socket, if there shall be one. What went wrong is logged; the governor runs on without.
 */
void mg_serve_open(struct mg_serve *s);
void mg_serve_close(struct mg_serve *s);

/*
 * Fills at most MG_SERVE_CLIENTS + 1 entries, and no more than are needed: poll() refuses more than
 * RLIMIT_NOFILE. Returns how many.
 */
size_t mg_serve_poll_set(struct mg_serve *s, struct pollfd *out);
/* Handles what the same entries report (n is 0 when poll failed), then what time brings. */
void mg_serve_handle(struct mg_serve *s, const struct pollfd *polled, size_t n);
/* Time until a client needs attention without sending anything; UINT64_MAX when none does. */
uint64_t mg_serve_wait_ns(const struct mg_serve *s, uint64_t now_ns);

#endif
