/* SPDX-License-Identifier: MIT */
/*
 * How every exported name of the malloc family takes and releases a block: a cheap test and a call
 * into the heap. What happens at the ceiling is in malloc.c's cold functions, which take the steps
 * of MEMGOV_AT_LIMIT. Any thread, also in signal handlers; NULL and ENOMEM when there is no room,
 * and otherwise errno is kept.
 */
#ifndef MG_HOOKS_ALLOCATE_H
#define MG_HOOKS_ALLOCATE_H

#include "shim/base/hints.h"
#include "shim/heap/fast.h"
#include "shim/heap/heap.h"
#include "shim/hooks/export.h"

#define MIN_ALIGN 16

void *mg_malloc_slow(size_t n);
void *mg_malloc_aligned(size_t n, size_t align);

static inline void *
allocate(size_t n)
{
	void *p = mg_fast_malloc(n);

	return MG_LIKELY(p != NULL) ? p : mg_malloc_slow(n);
}

static inline void
release(void *p)
{
	if (MG_UNLIKELY(!mg_fast_free(p)))
		mg_heap_free(p);
}

static inline void *
aligned(size_t n, size_t align)
{
	return align <= MIN_ALIGN ? allocate(n) : mg_malloc_aligned(n, align);
}

#endif
