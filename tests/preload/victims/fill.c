// SPDX-License-Identifier: MIT
/*
 * Grows to the ceiling with blocks of one size (argument 1; 0 is a mixture) and lives on: charged
 * never above the ceiling, live above 98 % of it at the first refusal, small requests still met
 * then, and all as before once it has freed.
 */
#include "check.h"

#include <malloc.h>

struct block {
	struct block *next;
};

static struct block *all;
static unsigned seed = 1;

static size_t
next_size(size_t size)
{
	seed = seed * 1103515245u + 12345u;
	return size > 0 ? size : 16 + (seed >> 8) % (seed % 64 == 0 ? 400000 : 2000);
}

static void
grow(size_t size)
{
	struct block *b;

	while ((errno = 0, b = malloc(next_size(size))) != NULL) {
		memset(b, 1, malloc_usable_size(b));
		b->next = all;
		all = b;
	}
	CHECK(errno == ENOMEM);
}

static void
drop(void)
{
	while (all != NULL) {
		struct block *next = all->next;

		free(all);
		all = next;
	}
}

int
main(int argc, char **argv)
{
	size_t size = strtoul(argv[argc - 1], NULL, 10);
	uint64_t limit = stat_of("heap_limit_bytes"), live = stat_of("live_bytes");

	CHECK(argc == 2 && limit == 256u << 20 && live < 1 << 20);
	for (int round = 0; round < 3; round++) {
		void *small[1000];

		grow(size);
		CHECK(stat_of("heap_peak_bytes") <= limit);
		CHECK(stat_of("heap_footprint_bytes") <= limit);
		CHECK(stat_of("live_bytes") > limit / 100 * 98);
		CHECK(stat_of("refused_allocs") > (uint64_t)round && stat_of("limit_hits") > 0);
		for (int i = 0; i < 100 && (size == 0 || size > 4096); i++)
			CHECK((small[i] = calloc(1, 512)) != NULL);
		for (int i = 0; i < 100 && (size == 0 || size > 4096); i++)
			free(small[i]);
		drop();
		CHECK(stat_of("live_bytes") < live + 65536);
	}
	CHECK(stat_of("heap_peak_bytes") <= limit && stat_of("heap_peak_bytes") > limit / 100 * 98);
	return passed();
}
