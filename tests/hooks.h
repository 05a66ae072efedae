/* SPDX-License-Identifier: MIT */
/* malloc and free as the hooks do them: the fast path, then the heap. */
#ifndef HOOKS_H
#define HOOKS_H

#include "shim/heap/fast.h"
#include "shim/heap/heap.h"

/* Not inline: of a size that it knows gcc would say that it is beyond the table of classes, for the
 * bound is a variable. */
#define HOOK __attribute__((noinline, unused))

static HOOK void *
hook_malloc(size_t n)
{
	void *p = mg_fast_malloc(n);

	return p != NULL ? p : mg_heap_malloc(n);
}

static HOOK void *
hook_zalloc(size_t n)
{
	void *p = mg_fast_zalloc(n);

	return p != NULL ? p : mg_heap_zalloc(n);
}

static HOOK void
hook_free(void *p)
{
	if (!mg_fast_free(p))
		mg_heap_free(p);
}

#endif
