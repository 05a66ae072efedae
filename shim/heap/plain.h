/* SPDX-License-Identifier: MIT */
/*
 * The engine `mimalloc`: every block straight from mimalloc, counted in its usable size and charged
 * from the thread's credit, which it takes from the ceiling in batches. Also what the engine `park`
 * falls back to where it can have no address space. Any thread, with or without a record, outside
 * signal handlers.
 */
#ifndef MG_PLAIN_H
#define MG_PLAIN_H

#include "shim/heap/thread.h"

struct mg_plain_request {
	size_t n, align; /* align 0: 16 will do */
	bool want_zero;
	unsigned blocks; /* what it counts as: 1, or 0 when it replaces another (realloc) */
};

/* NULL: *short_of is what did not fit under the ceiling, or 0 when the system has no memory. */
void *mg_plain_alloc(struct mg_thread *t, const struct mg_plain_request *r, uint64_t *short_of);
/* True when the thread holds more credit than it needs, or was called. */
bool mg_plain_free(struct mg_thread *t, void *p, unsigned blocks);
/* Gives back what a thread has no use for; brings one that was called back to its usual mark. */
void mg_plain_trim(struct mg_thread *t);
/* Gives back all of it. */
void mg_plain_give_credit(struct mg_thread *t);

#endif
