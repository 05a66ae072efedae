/* SPDX-License-Identifier: MIT */
/* The malloc family of C, POSIX, BSD and glibc. */
#include "shim/govern/limit.h"
#include "shim/hooks/allocate.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- At the ceiling: take the steps of MEMGOV_AT_LIMIT, and try again after each. */

static MG_COLD void *
retry(void *(*again)(size_t, size_t), size_t n, size_t align)
{
	struct mg_limit_walk walk = { .size = n };
	void *p = NULL;

	while (p == NULL && mg_limit_step(&walk))
		p = again(n, align);
	errno = p == NULL ? ENOMEM : errno;
	return p;
}

static void *
again_plain(size_t n, size_t align)
{
	(void)align;
	return mg_heap_malloc(n);
}

static void *
again_zero(size_t n, size_t align)
{
	(void)align;
	return mg_heap_zalloc(n);
}

static MG_COLD void *
retry_realloc(void *old, size_t n)
{
	struct mg_limit_walk walk = { .size = n };
	void *p = NULL;

	while (p == NULL && mg_limit_step(&walk))
		p = mg_heap_realloc(old, n);
	errno = p == NULL ? ENOMEM : errno;
	return p;
}

MG_COLD void *
mg_malloc_slow(size_t n)
{
	void *p = mg_heap_malloc(n);

	return MG_LIKELY(p != NULL) ? p : retry(again_plain, n, 0);
}

static MG_COLD void *
slow_calloc(size_t n)
{
	void *p = mg_heap_zalloc(n);

	return MG_LIKELY(p != NULL) ? p : retry(again_zero, n, 0);
}

MG_COLD void *
mg_malloc_aligned(size_t n, size_t align)
{
	void *p = mg_heap_aligned(n, align);

	return MG_LIKELY(p != NULL) ? p : retry(mg_heap_aligned, n, align);
}

static MG_COLD void *
fail(int error)
{
	errno = error;
	return NULL;
}

static size_t
page_bytes(void)
{
	return (size_t)getpagesize();
}

/* ---- C standard. */

EXPORT void *
malloc(size_t n)
{
	return allocate(n);
}

EXPORT void
free(void *p)
{
	release(p);
}

EXPORT void *
calloc(size_t count, size_t size)
{
	size_t n;
	void *p;

	if (MG_UNLIKELY(__builtin_mul_overflow(count, size, &n)))
		return fail(ENOMEM);
	p = mg_fast_zalloc(n);
	return MG_LIKELY(p != NULL) ? p : slow_calloc(n);
}

/* As glibc: realloc(p, 0) frees. */
EXPORT void *
realloc(void *old, size_t n)
{
	void *p;

	if (old == NULL)
		return allocate(n);
	if (n == 0) {
		release(old);
		return NULL;
	}
	p = mg_heap_realloc(old, n);
	return MG_LIKELY(p != NULL) ? p : retry_realloc(old, n);
}

/* As glibc 2.36: an alignment that is no power of two is rounded up to one. */
EXPORT void *
memalign(size_t align, size_t n)
{
	if (MG_UNLIKELY((align & (align - 1)) != 0)) {
		if (align > SIZE_MAX / 2 + 1)
			return fail(EINVAL);
		align = (size_t)1 << (64 - __builtin_clzl(align));
	}
	return aligned(n, align);
}

EXPORT void *
aligned_alloc(size_t align, size_t n)
{
	return memalign(align, n);
}

EXPORT void free_sized(void *p, size_t n);
EXPORT void
free_sized(void *p, size_t n)
{
	(void)n;
	release(p);
}

EXPORT void free_aligned_sized(void *p, size_t align, size_t n);
EXPORT void
free_aligned_sized(void *p, size_t align, size_t n)
{
	(void)align;
	(void)n;
	release(p);
}

/* ---- POSIX and BSD. */

EXPORT int
posix_memalign(void **out, size_t align, size_t n)
{
	int saved = errno;
	void *p;

	if (align % sizeof(void *) != 0 || (align & (align - 1)) != 0 || align == 0)
		return EINVAL;
	p = aligned(n, align);
	errno = saved;
	if (p == NULL)
		return ENOMEM;
	*out = p;
	return 0;
}

EXPORT void *
reallocarray(void *old, size_t count, size_t size)
{
	size_t n;

	if (MG_UNLIKELY(__builtin_mul_overflow(count, size, &n)))
		return fail(ENOMEM);
	return realloc(old, n);
}

EXPORT void *
valloc(size_t n)
{
	return aligned(n, page_bytes());
}

EXPORT void *
pvalloc(size_t n)
{
	size_t page = page_bytes();

	if (MG_UNLIKELY(n > SIZE_MAX - page))
		return fail(ENOMEM);
	return aligned((n + page - 1) / page * page, page);
}

EXPORT void cfree(void *p);
EXPORT void
cfree(void *p)
{
	release(p);
}

/* ---- Names under which glibc's own are reachable; libmimalloc exports them too, so they must lead
 * here. */

#define ALIAS(name, target, type, ...) \
	EXPORT type name(__VA_ARGS__) __attribute__((alias(#target), copy(target)));

ALIAS(__libc_malloc, malloc, void *, size_t)
ALIAS(__libc_calloc, calloc, void *, size_t, size_t)
ALIAS(__libc_realloc, realloc, void *, void *, size_t)
ALIAS(__libc_free, free, void, void *)
ALIAS(__libc_cfree, cfree, void, void *)
ALIAS(__libc_memalign, memalign, void *, size_t, size_t)
ALIAS(__libc_valloc, valloc, void *, size_t)
ALIAS(__libc_pvalloc, pvalloc, void *, size_t)
ALIAS(__posix_memalign, posix_memalign, int, void **, size_t, size_t)
