/* SPDX-License-Identifier: MIT */
/* Loads what it needs in its first minute, 0.5 MB per second, and serves from it afterwards. */
#include "work.h"

#define PER_SECOND 500
#define LOAD_SECONDS 60

static void *volatile newest;

static __attribute__((noinline)) void
load(void)
{
	newest = memset(malloc(1000), 1, 1000);
}

static __attribute__((noinline)) void
serve(void)
{
	for (int i = 0; i < 20; i++)
		free(memset(malloc(3000), 1, 3000));
}

static void
step(uint64_t nth)
{
	if (nth < LOAD_SECONDS * PER_SECOND)
		load();
	serve();
}

int
main(void)
{
	return work(PER_SECOND, step);
}
