/* SPDX-License-Identifier: MIT */
/*
 * The memory of freed large blocks that is kept for the next ones: a few pieces of whole pages,
 * split when they are more than is asked for and merged when they meet again, so that one resident
 * piece serves requests of many sizes. All of it is charged. Any thread; the lock guards the pieces
 * only, and no system call is made under it. `wait` false is for a signal handler: whoever got the
 * lock once did not interrupt its owner, and may wait from then on.
 */
#ifndef MG_LARGE_KEPT_H
#define MG_LARGE_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* mapping: a number for every mapping. mremap() takes memory of one mapping only, so pieces of two
 * are never merged. */
struct mg_large_piece {
	uintptr_t at; /* 0: none */
	size_t bytes;
	uint64_t mapping;
};

/*
 * The piece that serves a request with the least work; it is the caller's then, charged still. At
 * least `need` and not much more, aligned; or, unless the alignment is above a page's, smaller and
 * worth to be stretched. False: the lock was not to be had.
 */
bool mg_large_kept_take(size_t need, size_t align, bool wait, struct mg_large_piece *out);

/* Keeps a charged piece, or unmaps it and gives back its charge. */
void mg_large_kept_put(struct mg_large_piece piece, uint64_t now_ns);

/* The same, but never keeps it. */
void mg_large_kept_unmap(struct mg_large_piece piece);

/*
 * Charges, all or nothing. What is kept, and what other threads are about to unmap, is no reason to
 * refuse: the first is unmapped, the second waited for, a few milliseconds at most. *short_of is
 * set on refusal only.
 */
bool mg_large_kept_charge(uint64_t bytes, bool small, uint64_t *short_of);

/* How many of the bytes do not fit under the ceiling, at least 1; 0 when there is none. */
uint64_t mg_large_kept_short_of(uint64_t bytes, bool small);

void mg_large_kept_configure(uint64_t keep_bytes, uint64_t decay_ns);

/* Unmaps what was freed before then, UINT64_MAX: all. Returns the bytes. */
uint64_t mg_large_kept_evict(uint64_t freed_before_ns);
void mg_large_kept_evict_expired(uint64_t now_ns);

/* True when it lies in a kept piece. */
bool mg_large_kept_covers(uintptr_t at);

struct mg_large_kept_sum {
	uint64_t bytes, pieces;
};
struct mg_large_kept_sum mg_large_kept_read(void);

void mg_large_kept_before_fork(void);
void mg_large_kept_after_fork_parent(void);
void mg_large_kept_after_fork_child(void);

#endif
