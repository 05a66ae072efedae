/* SPDX-License-Identifier: MIT */
/*
 * What is left when neither magazines nor locks may be touched: in a signal handler that
 * interrupted malloc or free, and in threads that a fork handler waits for while the fork holds all
 * locks. Blocks come from slices kept ready for this, by bumping; releases are put off to a list
 * that the next usual slow path works off. Lock-free; any thread, any signal handler.
 */
#ifndef MG_NESTED_H
#define MG_NESTED_H

#include <stdbool.h>
#include <stddef.h>

/* 16-byte aligned at least; NULL when n is too much, or nothing is left. Not zero. */
void *mg_nested_alloc(size_t n, size_t align, size_t *usable_out);

/* Puts a release off. p is any block of ours but one of less than 16 bytes. */
void mg_nested_defer(void *p);
/* The blocks put off since the last call, linked by mg_nested_next(); NULL when there are none. One
 * load when there are none. */
void *mg_nested_take_deferred(void);
void *mg_nested_next(void *p);

/* For slices in state MG_SLICE_NESTED. Not in a handler. */
size_t mg_nested_usable(const void *p);
size_t mg_nested_free(void *p); /* 0: it was freed before, or is none */

/* In a usual slow path, outside all locks: has slices ready again. One load when it has. */
void mg_nested_make_ready(void);

#endif
