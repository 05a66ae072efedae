/* SPDX-License-Identifier: MIT */
/*
 * The central store: free small blocks that no thread's magazine holds, by class. Nothing is
 * written into a parked block; a bit in its slice's record says that it is free, so its pages can
 * be punched by any thread while its former owner sleeps. Blocks are taken from the fullest slices
 * first, in ascending order of address; a slice whose last block comes back goes to the pool of
 * slices.
 *
 * A lock for each class, of one rank; the pool's ranks below. A section lasts for one batch of
 * blocks, or, at the ceiling, for a look at every slice of the class that has a free one; no system
 * call is made in it. Any thread.
 */
#ifndef MG_PARK_H
#define MG_PARK_H

#include "shim/heap/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MG_PARK_MAX_BATCH 128u
/* In a block's address: its pages were punched or never used, so it holds zeros. */
#define MG_PARK_ZERO ((uintptr_t)1)

/*
 * Takes up to `want` blocks (at most MG_PARK_MAX_BATCH) in ascending order per slice, and charges
 * the pages that become resident by it; at most a page's worth is new when want is small, because
 * it stops with the page. Returns how many; 0 with *why when none could be had.
 */
unsigned mg_park_take(unsigned class, uintptr_t *blocks, unsigned want, enum mg_slice_failure *why);

/* Parks blocks of the class. Returns how many of them were no issued blocks at all: double frees,
 * which are left alone, counted and reported. */
unsigned mg_park_put(unsigned class, void *const *blocks, unsigned n);

/* Says so in the log, not too often. */
void mg_park_report_double(const void *p);

/* True when p, inside a slice of a class, is the start of a block that is not free in the store. */
bool mg_park_is_issued(const void *p);

/* DEBUG: every slice of a class, under its lock: what its bits say is what its counts say. */
void mg_park_check(void);

void mg_park_before_fork(void);
void mg_park_after_fork_parent(void);
void mg_park_after_fork_child(void);

#endif
