/* SPDX-License-Identifier: MIT */
/*
 * The heap: what the hooks call when the fast paths (fast.h) do not know further, and all that the
 * rest of memgov knows of how blocks are found. Small blocks come from magazines over the central
 * store (magazine.h, park.h), medium ones are runs of slices (run.h), large ones mappings
 * (large.h); in the engine `mimalloc`, and where address space is short, all come from mimalloc
 * (plain.h). Every block is counted exactly, in its usable size, and nothing is handed out whose
 * pages are not charged to the ceiling. Any thread; works before and after everything else of
 * memgov, and in signal handlers that interrupted it.
 */
#ifndef MG_HEAP_H
#define MG_HEAP_H

#include "shim/heap/sweep.h"
#include "shim/tables/snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * NULL when the request does not fit under the ceiling or the system has no memory; errno is then
 * ENOMEM. Blocks are 16-byte aligned; align is a power of two. Zero-size requests give a block of
 * their own.
 */
void *mg_heap_malloc(size_t n);
void *mg_heap_zalloc(size_t n);
void *mg_heap_aligned(size_t n, size_t align);

/* As realloc with p != NULL and n > 0. On failure p is untouched. A move never leaves the count of
 * blocks changed. */
void *mg_heap_realloc(void *p, size_t n);

/* As free. Keeps errno. */
void mg_heap_free(void *p);
size_t mg_heap_usable(void *p);

/*
 * Once, before threads. `slow_work` runs in program threads, now and then, outside all locks of
 * ours, never nested. `in_free` says that it runs inside a free: the C library frees while it holds
 * the lock of its thread stacks, so no thread may be started then, and no callback of the program's
 * run.
 */
typedef void mg_heap_slow_fn(bool in_free);
void mg_heap_init(void); /* harmless a second time; the first request does it if nobody has */
void mg_heap_set_slow_work(mg_heap_slow_fn *slow_work);

/* Ceiling (0: none) and reserve, see charge.h. At any time. */
void mg_heap_configure(uint64_t limit_bytes, uint64_t reserve_bytes);
/* How much of freed large blocks is kept for the next, and for how long. At any time. */
void mg_heap_keep_large(uint64_t bytes, uint64_t decay_ns);
/* Which engine further blocks come from; those there are stay what they are. */
void mg_heap_use_mimalloc(bool use);
/* While frozen, growth is refused: what the RSS ceiling's `fail` does. */
void mg_heap_freeze(bool frozen);
/*
 * After a failed request of the calling thread: the bytes it would have charged; 0 when no ceiling
 * stood in its way, and the system has no memory.
 */
uint64_t mg_heap_short_of(void);
/* True when so much fits under the ceiling now. */
bool mg_heap_has_room(uint64_t bytes);
uint64_t mg_heap_limit(void);
/* What is charged now: a cheap bound on the footprint. */
uint64_t mg_heap_charged(void);

/* While entered, the calling thread's own allocations run no slow work and no collection. Nests. */
void mg_heap_enter_internal(void);
void mg_heap_leave_internal(void);

/* A request was refused, and small ones may use the reserve from now on. */
void mg_heap_count_refusal(void);
/* True inside memgov's own work in this thread, where an allocation that does not fit is refused
 * without ceremony. */
bool mg_heap_is_internal(void);

/*
 * A collection: gives back what is free, in steps; false when there is nothing left to do. The
 * engine mimalloc can only ask each thread to collect its own heap at its next slow path, so there
 * the last steps wait for them; sleeping ones never do.
 */
struct mg_heap_collection {
	struct mg_sweep sweep;
	uint32_t number;
	bool is_swept;
};
void mg_heap_collect_begin(struct mg_heap_collection *c);
bool mg_heap_collect_step(struct mg_heap_collection *c);
/* True when steps only wait for other threads. */
bool mg_heap_collect_waits(const struct mg_heap_collection *c);

/*
 * For a request that does not fit: brings back all that is free anywhere, until it does. True when
 * another try is worth it.
 */
bool mg_heap_make_room(uint64_t bytes);

/* Gives back large blocks that were freed a while ago. For the governor, now and then. True when
 * some are left that will be due. */
bool mg_heap_decay(uint64_t now_ns);

/* Cuts a mapping of the process down to the heap's first part of it; false when there is none. Not
 * for signal handlers. */
bool mg_heap_clip(uintptr_t *start, uintptr_t *end);
/* True for an address inside the heap; for those who walk the process's mappings. */
bool mg_heap_owns(const void *p);

/* DEBUG: aborts when the heap contradicts itself. For the governor's looks and the program's end.
 */
void mg_heap_check(void);

/* Fills the HEAP and THREAD rows. */
void mg_heap_read(struct mg_snapshot *s);

void mg_heap_before_fork(void);
/* Between these: the thread that forks is the only one, so no lock is another's. */
bool mg_heap_forks_alone(void);
void mg_heap_after_fork_parent(void);
void mg_heap_after_fork_child(void);

#endif
