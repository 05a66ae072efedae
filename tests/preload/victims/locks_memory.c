// SPDX-License-Identifier: MIT
/* A program that has locked its memory: nothing can be given back, and memgov does not say that
 * something was; all works on, and after munlockall it comes back. */
#include "check.h"

#include "shim/memgov.h"

#include <sys/mman.h>

#define N 40000

static void *blocks[N];

static void
fill_and_drop(void)
{
	for (size_t i = 0; i < N; i++)
		CHECK((blocks[i] = memset(malloc(16 + i % 2000), 1, 16 + i % 2000)) != NULL);
	for (size_t i = 0; i < N; i++)
		if (i % 50 != 0)
			free(blocks[i]);
}

static void
drop_rest(void)
{
	for (size_t i = 0; i < N; i += 50) {
		CHECK(((char *)blocks[i])[0] == 1 && ((char *)blocks[i])[15 + i % 2000] == 1);
		free(blocks[i]);
	}
}

int
main(int argc, char **argv)
{
	uint64_t before, yield, footprint;

	(void)argv;
	if (argc > 1)
		fill_and_drop(); /* before */
	if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
		return passed(); /* not allowed here */
	if (argc > 1)
		drop_rest();
	for (int round = 0; round < 3; round++) {
		fill_and_drop();
		before = rss_bytes();
		yield = memgov_compact();
		CHECK(yield <= 4u << 20 && rss_bytes() + (4u << 20) >= before);
		CHECK((footprint = stat_of("heap_footprint_bytes")) <= rss_bytes() + (1u << 20));
		drop_rest();
	}
	CHECK(munlockall() == 0);
	memgov_compact();
	CHECK(stat_of("heap_footprint_bytes") + (20u << 20) < footprint);
	return passed();
}
