// SPDX-License-Identifier: MIT
/* Releases some 400 MB a second, and takes as much, until the runner closes its stdin. */
#include "tests/preload/victims/work.h"

static void *blocks[400];

static void
take_and_release(uint64_t nth)
{
	size_t n = 1000 + nth % 7 * 10000;

	free(blocks[nth % 400]);
	CHECK((blocks[nth % 400] = memset(malloc(n), 1, n)) != NULL);
}

int
main(void)
{
	return work(13000, take_and_release);
}
