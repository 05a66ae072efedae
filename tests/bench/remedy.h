/* SPDX-License-Identifier: MIT */
/*
 * What each allocator offers a thread that wants all free memory of the process back, whoever freed
 * it: found by name in whichever library is preloaded, so that one program serves all of them.
 */
#ifndef BENCH_REMEDY_H
#define BENCH_REMEDY_H

#include <dlfcn.h>
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t bench_compact_fn(void);
typedef int bench_mallctl_fn(const char *, void *, size_t *, void *, size_t);
typedef void bench_release_fn(void);
typedef void bench_collect_fn(bool);

/* Function pointers do not convert from dlsym's void * in ISO C. */
static inline void *
bench_symbol(const char *name)
{
	return dlsym(RTLD_DEFAULT, name);
}

/* memgov is asked first: it brings mimalloc along. */
static inline void
bench_remedy(void)
{
	union {
		void *symbol;
		bench_compact_fn *compact;
		bench_mallctl_fn *mallctl;
		bench_release_fn *release;
		bench_collect_fn *collect;
	} u;

	if ((u.symbol = bench_symbol("memgov_compact")) != NULL)
		u.compact();
	else if ((u.symbol = bench_symbol("mallctl")) != NULL)
		u.mallctl("arena.4096.purge", NULL, NULL, NULL, 0);
	else if ((u.symbol = bench_symbol("MallocExtension_ReleaseFreeMemory")) != NULL)
		u.release();
	else if ((u.symbol = bench_symbol("mi_collect")) != NULL)
		u.collect(true);
	else
		malloc_trim(0);
}

#endif
