/* SPDX-License-Identifier: MIT */
/*
 * mimalloc, and nothing else: the only file that calls mi_*. Keeps to the interface that 2.x
 * and 3.x share. Options are set through the API, never through the environment, which other copies
 * of mimalloc read too (H14). Any thread.
 */
#ifndef MG_BACKEND_H
#define MG_BACKEND_H

#include <stdbool.h>
#include <stddef.h>

/* Once, before threads; harmless when blocks were handed out before. */
void mg_backend_init(void);

/*
 * Blocks are 16-byte aligned like the C library's, also where mimalloc alone would give 8.
 * `usable_out` is what the block really holds; free and usable report the same figure for it,
 * whoever calls them. NULL when the system has no memory.
 */
void *mg_backend_malloc(size_t n, size_t *usable_out);
void *mg_backend_zalloc(size_t n, size_t *usable_out);
void *mg_backend_aligned(size_t n, size_t align, size_t *usable_out);
size_t mg_backend_free(void *p);
size_t mg_backend_usable(const void *p);

/* True when a block may stay where it is for a new size: it fits, and wastes at most half. */
bool mg_backend_fits(size_t usable, size_t n);

/* True for blocks of ours, false for any other address. */
bool mg_backend_owns(const void *p);

/* Gives back what the calling thread's heap can spare. Cannot reach the heaps of other threads. */
void mg_backend_collect(void);

#endif
