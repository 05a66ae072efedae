/* SPDX-License-Identifier: MIT */
/* At the ceiling every form of a request is tried again once the callback has freed something, and
 * gets what it always gets: zeros, alignment, its old content. */
#include "check.h"

#include "shim/memgov.h"

#define CACHED 100
#define BLOCK ((size_t)1 << 20)
#define ALIGN ((size_t)1 << 16)

static void *volatile cache[CACHED];
static volatile int cached, calls;

static void
drop_cache(enum memgov_pressure why, void *arg)
{
	(void)arg;
	if (why != MEMGOV_PRESSURE_LIMIT)
		return;
	calls++;
	while (cached > 0)
		free(cache[--cached]);
}

static void *
zeros(void)
{
	unsigned char *p = calloc(BLOCK, 1);

	CHECK(p != NULL);
	for (size_t i = 0; i < BLOCK; i++)
		CHECK(p[i] == 0);
	return p;
}

static void *
aligned(void)
{
	void *p = NULL;

	CHECK(posix_memalign(&p, ALIGN, BLOCK) == 0 && (uintptr_t)p % ALIGN == 0);
	return p;
}

static void *
grown(void)
{
	unsigned char *p = malloc(100);

	CHECK(p != NULL);
	memset(p, 7, 100);
	p = realloc(p, BLOCK);
	CHECK(p != NULL);
	for (int i = 0; i < 100; i++)
		CHECK(p[i] == 7);
	return p;
}

/* Until the callback has come so often within this form. */
static void
fill_with(void *(*form)(void))
{
	int before = calls;

	for (int i = 0; calls < before + 3; i++) {
		void *p;

		CHECK(i < 10 * CACHED);
		if (cached == CACHED)
			free(cache[--cached]);
		p = form();
		cache[cached++] = memset(p, 1, BLOCK);
	}
}

int
main(void)
{
	CHECK(memgov_on_pressure != NULL && memgov_on_pressure(drop_cache, NULL) == 0);
	fill_with(zeros);
	fill_with(aligned);
	fill_with(grown);
	CHECK(stat_of("refused_allocs") == 0);
	CHECK(stat_of("heap_peak_bytes") <= stat_of("heap_limit_bytes"));
	return passed();
}
