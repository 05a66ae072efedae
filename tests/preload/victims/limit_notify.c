// SPDX-License-Identifier: MIT
/* memgov_on_pressure: the callback frees the program's cache at the ceiling, and no request is ever
 * refused. */
#include "check.h"

#include "shim/memgov.h"

/* volatile, because malloc is declared to call nothing here (leaf) */
static void *volatile cache[100];
static volatile int cached, calls;
static int argument;

static void
drop_cache(enum memgov_pressure why, void *arg)
{
	CHECK(arg == &argument);
	if (why != MEMGOV_PRESSURE_LIMIT)
		return;
	calls++;
	while (cached > 0)
		free(cache[--cached]);
}

int
main(void)
{
	void *p;

	CHECK(memgov_on_pressure != NULL && memgov_on_pressure(drop_cache, &argument) == 0);
	for (int i = 0; i < 500; i++) {
		if (cached == 100)
			free(cache[--cached]);
		p = malloc(1u << 20);
		CHECK(p != NULL);
		cache[cached++] = memset(p, 1, 1u << 20);
	}
	CHECK(calls > 3);
	CHECK(stat_of("refused_allocs") == 0 && stat_of("limit_hits") >= (uint64_t)calls);
	CHECK(stat_of("heap_peak_bytes") <= stat_of("heap_limit_bytes"));
	for (int i = 1; i < 8; i++)
		CHECK(memgov_on_pressure(drop_cache, &argument) == 0);
	CHECK(memgov_on_pressure(drop_cache, &argument) == -1);
	return passed();
}
