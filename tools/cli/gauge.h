/* SPDX-License-Identifier: MIT */
/*
 * The RSS of one process, several times a second: from its socket, or from /proc as long as none
 * answers. Never waits. Time is CLOCK_MONOTONIC and comes from the caller.
 */
#ifndef MG_GAUGE_H
#define MG_GAUGE_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "tools/common/client.h"
#include "tools/common/sockets.h"

/* All zero is one without a process. */
struct mg_gauge {
	int pid;
	bool told; /* that there is no socket; once, also when the process is followed by another */
	uint64_t heard_ns, next_ns; /* of the last answer, or the beginning; of the next question */
	struct mg_socket socket;    /* pid is 0 while none is known */
	struct mg_client client;
};

void mg_gauge_begin(struct mg_gauge *g, int pid, uint64_t now_ns);

/* When, and on what, mg_gauge_step() is due; fd is -1 when only time counts. */
struct pollfd mg_gauge_poll(const struct mg_gauge *g, uint64_t *until_ns_out);

/* Goes on as far as it can. True when there is a new reading. Says it on stderr when there is still
 * no answer after a while. */
bool mg_gauge_step(struct mg_gauge *g, uint64_t now_ns, uint64_t *rss_bytes_out);

/* Also removes the socket of a process that was killed: it would stay for ever. */
void mg_gauge_end(struct mg_gauge *g);

#endif
