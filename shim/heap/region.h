/* SPDX-License-Identifier: MIT */
/*
 * One range of addresses for every small and medium block, sized by what the process may have:
 * records of slices, downwards from the class table; the class table, which costs no memory until
 * it is written; spans from mimalloc, upwards. What is writable of it is one mapping. Never huge
 * pages: they would bring back what was punched, and make every figure a lie.
 */
#ifndef MG_REGION_H
#define MG_REGION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MG_REGION_MAX_BYTES ((size_t)256 << 30)

struct mg_slice;

struct mg_region {
	uintptr_t base;
	_Atomic size_t
	    slices; /* those from 1 to below this number have records; 0: there is no region yet */
	uint8_t *class; /* of each slice; 0 for all that is not cut into small blocks */
	struct mg_slice *records_end; /* they lie below, the first at the end */
};
extern __attribute__((visibility("hidden"))) struct mg_region mg_region;

static inline size_t
mg_region_slices(void)
{
	return atomic_load_explicit(&mg_region.slices, memory_order_relaxed);
}

/* In the addresses that were set aside, with a span there or without. */
bool mg_region_holds(const void *p);

/* Once. False when no address space could be had; then there is no region. */
bool mg_region_start(void);

/* A span of slices [first, end) with records, which nobody knows of yet; false when there is none.
 * One thread at a time. */
bool mg_region_grow(size_t *first, size_t *end);

#endif
