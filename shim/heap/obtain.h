/* SPDX-License-Identifier: MIT */
/*
 * Requests that the fast path leaves over: every size, alignment and thread; and what is tried
 * before one is refused.
 */
#ifndef MG_OBTAIN_H
#define MG_OBTAIN_H

#include "shim/heap/sample.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More than there are addresses. */
#define MG_OBTAIN_MAX_BYTES ((size_t)1 << 47)
/* How often a request that does not fit is tried again after room was made. */
#define MG_OBTAIN_TRIES 3

struct mg_request {
	size_t n, align; /* n > 0; align 0: 16 will do, else a power of two */
	bool want_zero;
	unsigned blocks; /* what it counts as: 1, or 0 when it replaces another (realloc) */
	struct mg_sample_pick pick; /* out */
};

/* NULL with errno ENOMEM; mg_thread_self.short_of says what did not fit, 0 when the ceiling was not
 * the reason. */
void *mg_obtain(struct mg_request *r);

/* Brings back all that is free anywhere until so much fits. True when another try is worth it.
 * `cheaply`: not so often when there are many threads. */
bool mg_obtain_room(uint64_t bytes, bool cheaply);

/* Requests that did not fit at once. */
uint64_t mg_obtain_hits(void);

#endif
