/* SPDX-License-Identifier: MIT */
/*
 * Medium blocks: runs of whole slices, above the largest class and up to MG_SLICE_MAX_RUN slices.
 * Only the pages that the request covers are charged; the rest of the last slice is address space.
 * A freed run goes to the pool with its pages resident, for the next one. Any thread; no lock is
 * held here but the pool's.
 */
#ifndef MG_RUN_H
#define MG_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/heap/slice.h"

#define MG_RUN_MAX_BYTES (MG_SLICE_MAX_RUN * MG_SLICE_BYTES)

/* 64 KiB aligned. want_zero: what is not known to be zero is cleared. NULL with *why. */
void *mg_run_alloc(size_t n, bool want_zero, enum mg_slice_failure *why);

/* True for the first slice of a run. */
bool mg_run_starts(uint32_t slice);
/* p is the first byte of a slice where one starts. Whole pages. */
size_t mg_run_usable(const void *p);
/* Returns what was freed; 0 when no run starts there (any more): a double free. */
size_t mg_run_free(void *p);
/* True when the run now holds n bytes where it is: shrunk, or grown into free slices behind. */
bool mg_run_resize(void *p, size_t n);

/* Punches what is resident behind the blocks of runs that start in slices [from, to), of each that
 * has `least` such pages, at least 1. Returns the bytes. */
uint64_t mg_run_trim(uint32_t from, uint32_t to, unsigned least);

/* In a fork child: what was being punched, as a run or in the pool, is what it was. */
void mg_run_mend(uint32_t slice);

#endif
