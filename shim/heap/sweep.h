/* SPDX-License-Identifier: MIT */
/*
 * Giving memory back: the magazines of all threads, kept large blocks, and every free page of the
 * region, in steps short enough for the governor to answer its socket in between. Also what a
 * request at the ceiling runs before it is refused. Any thread, holding no lock.
 */
#ifndef MG_SWEEP_H
#define MG_SWEEP_H

#include "shim/heap/thread.h"

struct mg_sweep {
	int stage;
	struct mg_thread *thread; /* the next one to empty */
	uint32_t cursor;
	uint64_t punched_bytes;
	uint64_t scanned_bytes;
};

void mg_sweep_begin(struct mg_sweep *w);
/* Some hundred microseconds, of which most is the kernel's. False when it was the last step. */
bool mg_sweep_step(struct mg_sweep *w);

/*
 * For a request of `bytes` that does not fit: sweeps until it does. True when it fits, or when the
 * program has released something since the last time, so that it is worth another try.
 */
bool mg_sweep_make_room(uint64_t bytes);
/* Not so often when there are many threads, whose releases must be added up to know. */
bool mg_sweep_make_room_cheaply(uint64_t bytes);

/* After an allocation: what the heap has grown by is taken from tails (tail.h), when they are many.
 */
void mg_sweep_tails(void);

/* When all locks are free again: puts back what was being punched at the fork. */
void mg_sweep_after_fork_child(void);

#endif
