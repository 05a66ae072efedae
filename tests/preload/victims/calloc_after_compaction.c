// SPDX-License-Identifier: MIT
/* calloc's memory is zero where it was used before and is punched, half punched or not: all sizes
 * at once, dirtied, freed in several patterns, with and without a compaction between. */
#include "check.h"

#include "shim/memgov.h"

#include <malloc.h>

#define N 6000

static unsigned char *blocks[N];

static size_t
size_of(int i)
{
	return i % 100 == 99 ? (size_t)i * 400
	       : i % 10 == 9 ? (size_t)i * 10
			     : (size_t)i % 2000 + 1;
}

static void
take_all(void)
{
	for (int i = 0; i < N; i++) {
		size_t size = size_of(i);

		if (blocks[i] != NULL)
			continue;
		CHECK((blocks[i] = i % 2 ? calloc(size, 1) : calloc(1, size)) != NULL);
		for (size_t k = 0; k < size; k++)
			if (blocks[i][k] != 0)
				check_failed(__FILE__, __LINE__, "zero", (int)size);
		memset(blocks[i], 0xa5, malloc_usable_size(blocks[i]));
	}
}

int
main(void)
{
	for (int round = 0; round < 12; round++) {
		take_all();
		for (int i = 0; i < N; i++)
			if (round % 3 == 0 || (i * 7 + round) % (round % 3 * 4) != 0) {
				free(blocks[i]);
				blocks[i] = NULL;
			}
		if (round % 2 == 0)
			memgov_compact();
	}
	return passed();
}
