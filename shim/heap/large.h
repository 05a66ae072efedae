/* SPDX-License-Identifier: MIT */
/*
 * Large blocks: each is a mapping of its own, found by address in a table that lies apart. Whole
 * pages; charged in full before they are mapped. A freed one is kept for a while, bounded in bytes
 * and time, because the next request is often of the same size; a kept mapping stays charged and
 * resident until it is reused, purged or trimmed. Any thread; the lock guards the table only, and no
 * system call is made under it.
 */
#ifndef MG_LARGE_H
#define MG_LARGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mg_large_block {
	void *p;
	size_t usable; /* whole pages */
	bool is_zero;  /* known to hold zeros only */
};

/*
 * p is NULL when the charge does not fit or the kernel has no memory (short_of: the bytes that did
 * not fit under the ceiling, 0 when the kernel refused). align is a power of two, any size; blocks
 * are at least page-aligned. `want_zero` prefers fresh pages over kept ones that would have to be
 * cleared. `wait` false: gives up instead of waiting for the lock (inside a signal handler that may
 * have interrupted its owner).
 */
struct mg_large_block mg_large_alloc(
    size_t n, size_t align, bool want_zero, bool wait, uint64_t *short_of);

/* Bytes of the live block that starts at p; 0 when there is none. Never waits for a system call. */
size_t mg_large_usable(const void *p);

/* Returns what was freed, 0 when no live block starts at p. */
size_t mg_large_free(void *p);

/*
 * Grows or shrinks the live block at p to n bytes, in place or by moving its pages (mremap), never
 * by copying; only what is added is charged. New bytes are zero. p.p is NULL, and the old block
 * untouched, when it does not work out. *before is the old usable size.
 */
struct mg_large_block mg_large_resize(void *p, size_t n, size_t *before, uint64_t *short_of);

/* How much may be kept, and for how long. At any time. */
void mg_large_configure(uint64_t keep_bytes, uint64_t decay_ns);

/* Unmaps kept blocks that were freed before then; UINT64_MAX: all. Returns the bytes. */
uint64_t mg_large_purge(uint64_t freed_before_ns);

struct mg_large_sum {
	uint64_t live_bytes, kept_bytes, own_bytes; /* own: the table, whole pages, charged too */
	uint64_t kept_blocks;
};
struct mg_large_sum mg_large_read(void);

/* The lock is held across a fork; in the child it starts afresh. */
void mg_large_before_fork(void);
void mg_large_after_fork_parent(void);
void mg_large_after_fork_child(void);

#endif
