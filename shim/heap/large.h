/* SPDX-License-Identifier: MIT */
/*
 * Large blocks: whole pages from mmap, found by address in a table that lies apart; charged in full
 * before they are mapped. The memory of freed ones is kept for a while, bounded in bytes and time,
 * because fresh pages are dear; it is split, merged and stretched to what is asked for, and stays
 * charged and resident until it is reused or purged. Any thread, but a signal handler that may have
 * interrupted a call of this file uses nothing but mg_large_alloc() without `wait`. No system call
 * is made under a lock.
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
 * not fit under the ceiling, 0 when the kernel refused). Kept memory is no reason to refuse: it is
 * purged first. align is a power of two, any size; blocks are at least page-aligned. A block may be
 * up to an eighth larger than asked for. `want_zero`: is_zero will be true; clearing kept pages
 * costs a twentieth of faulting in fresh ones. `wait` false: gives up, with short_of 0, instead of
 * waiting for a lock (inside a signal handler that may have interrupted its owner).
 */
struct mg_large_block mg_large_alloc(
    size_t n, size_t align, bool want_zero, bool wait, uint64_t *short_of);

/* Bytes of the live block that starts at p; 0 when there is none. p may be any address. */
size_t mg_large_usable(const void *p);
/* The same without waiting for long; false when it is not to be had so. */
bool mg_large_usable_soon(const void *p, size_t *usable_out);

/* True for an address inside a live or a kept block, or where one of the last freed ones began: no
 * other allocator's. Looks at every block. */
bool mg_large_was(const void *p);

/* Returns what was freed, 0 when no live block starts at p, which may be any address. */
size_t mg_large_free(void *p);

/*
 * Grows or shrinks the live block at p to n bytes, in place or by moving its pages (mremap), never
 * by copying; only what is added is charged. Bytes from *before on are zero. A moved block is
 * page-aligned. p is NULL, and the old block untouched, when it does not work out: short_of bytes
 * do not fit, or, when that is 0, the kernel refused; it also does if the program split the block's
 * mapping (mprotect, madvise of a part), and then copying helps. *before is the old usable size, 0
 * when no live block starts at p.
 */
struct mg_large_block mg_large_resize(void *p, size_t n, size_t *before, uint64_t *short_of);

/* How much may be kept, and for how long; 0 of either: nothing. At any time. */
void mg_large_configure(uint64_t keep_bytes, uint64_t decay_ns);

/* Unmaps kept memory that was freed before then (mg_sys_now_ns); UINT64_MAX: all. Returns the
 * bytes.
 */
uint64_t mg_large_purge(uint64_t freed_before_ns);

struct mg_large_sum {
	uint64_t live_bytes, kept_bytes, own_bytes; /* own: the table, whole pages, charged too */
	uint64_t kept_blocks;
};
struct mg_large_sum mg_large_read(void);

/* The locks are held across a fork; in the child they start afresh. */
void mg_large_before_fork(void);
void mg_large_after_fork_parent(void);
void mg_large_after_fork_child(void);

#endif
