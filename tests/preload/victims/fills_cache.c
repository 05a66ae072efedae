/* SPDX-License-Identifier: MIT */
/*
 * A cache of 16,000 entries of 700 bytes on average: it fills in the first 25 seconds and replaces
 * entries at random from then on. Argument 1: "oldest" replaces the oldest instead.
 */
#include "work.h"

#define ENTRIES 16000u

static void *entries[ENTRIES];
static uint64_t seed = 1;
static int replaces_oldest;

static __attribute__((noinline)) void
put(unsigned k)
{
	size_t size = 200 + next_random(&seed) % 1000;

	free(entries[k]);
	entries[k] = memset(malloc(size), 1, size);
}

static void
step(uint64_t nth)
{
	put(nth < ENTRIES || replaces_oldest ? (unsigned)(nth % ENTRIES)
					     : next_random(&seed) % ENTRIES);
}

int
main(int argc, char **argv)
{
	replaces_oldest = argc > 1 && strcmp(argv[1], "oldest") == 0;
	return work(ENTRIES / 25.0, step);
}
