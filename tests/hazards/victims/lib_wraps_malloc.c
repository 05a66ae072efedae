// SPDX-License-Identifier: MIT
/* Wraps malloc as tracers do: the next one is asked for at the first call, and dlsym may allocate.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>

static void *(*next_malloc)(size_t);
static void *(*next_realloc)(void *, size_t);
static void (*next_free)(void *);

static void
find_next(void)
{
	*(void **)&next_free = dlsym(RTLD_NEXT, "free");
	*(void **)&next_realloc = dlsym(RTLD_NEXT, "realloc");
	*(void **)&next_malloc = dlsym(RTLD_NEXT, "malloc");
}

void *
malloc(size_t n)
{
	if (next_malloc == NULL)
		find_next();
	return next_malloc(n);
}

void *
realloc(void *p, size_t n)
{
	if (next_realloc == NULL)
		find_next();
	return next_realloc(p, n);
}

void
free(void *p)
{
	if (next_free == NULL)
		find_next();
	next_free(p);
}
