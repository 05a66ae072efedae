/* SPDX-License-Identifier: MIT */
/*
 * Between a thread's magazines and the central store: refills, overflows, and taking the magazines
 * of other threads. A refill is handed out in ascending order of address. The functions on `t` are
 * for its owner, who is not busy and holds no lock.
 */
#ifndef MG_MAGAZINE_H
#define MG_MAGAZINE_H

#include "shim/heap/park.h"
#include "shim/heap/thread.h"

/*
 * A free block in a magazine. Its mark is written when it is released, and looked at when it is
 * handed out again: to look at it in free would mean to wait for memory that the program is done
 * with. A block that was released twice is found without its mark at the second time around.
 */
struct mg_block {
	uintptr_t next; /* encoded */
	uint64_t mark;  /* the key, its lowest bit turned when all but these two words is zero */
};
#define MG_BLOCK_ZERO 1u

/* False when no block could be had (*why), or the thread is paused (*why is MG_SLICE_OK). */
bool mg_magazine_refill(struct mg_thread *t, unsigned class, enum mg_slice_failure *why);

/* Makes room for a release: the magazine grows, or its older half is parked. False: paused. */
bool mg_magazine_make_room(struct mg_thread *t, unsigned class);

/* Parks everything, and starts small again. */
void mg_magazine_empty(struct mg_thread *t);

/* The same with another thread's record, when it can be paused, or an orphan's. */
void mg_magazine_empty_other(struct mg_thread *t);

/* The block on top has no mark: it was released twice, or written to after its release. Counts it,
 * and gives up what the magazine holds, which may lead anywhere. While entered. Returns the block,
 * to be reported. */
const void *mg_magazine_condemn(struct mg_thread *t, unsigned class);

/* True when p is in the magazine of its class. */
bool mg_magazine_holds(const struct mg_thread *t, unsigned class, const void *p);

#endif
