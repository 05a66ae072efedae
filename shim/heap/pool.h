/* SPDX-License-Identifier: MIT */
/*
 * The pool's lists: runs of free slices by length, apart by what is resident of them. Neighbours of
 * one kind are joined, but for short runs: those have no pages at their end, because the block that
 * they were used for did not reach it, and they wait as they are for the next such block. They are
 * joined when a run is wanted that is not there. Everything here is under the pool's lock
 * (slice.c).
 */
#ifndef MG_POOL_H
#define MG_POOL_H

#include "shim/heap/slice.h"

enum mg_pool_kind { MG_POOL_PUNCHED, MG_POOL_RESIDENT, MG_POOL_SHORT, MG_POOL_KINDS };

/* Is a run of n slices short, with these pages (bits) of its last one? */
bool mg_pool_is_short(uint32_t n, uint16_t last);

/* Adds n slices that are TAKEN. */
void mg_pool_add(uint32_t first, uint32_t n, enum mg_pool_kind kind);

/* A run of at least n slices, 0 when there is none: resident ones first, of them short ones when
 * not all pages of the n-th slice will be used; then the shortest. */
uint32_t mg_pool_find(uint32_t n, unsigned last_pages);
/* A run with resident pages; 0 when there is none. */
uint32_t mg_pool_find_resident(void);

/* Takes the first n slices of a run, which are TAKEN then. The rest stays. */
void mg_pool_take(uint32_t first, uint32_t n);

#endif
