// SPDX-License-Identifier: MIT
/*
 * A heap whose pages are pinned by a few survivors, right below its ceiling: small requests are
 * still answered soon, with a block or with NULL.
 */
#include "check.h"

#include "shim/memgov.h"

#include <unistd.h>

#define N 8000000
#define SIZE 16

int
main(void)
{
	static void *p[N];
	char limit[32];
	int refused = 0;

	for (int i = 0; i < N; i++)
		memset(p[i] = malloc(SIZE), 1, SIZE);
	for (int i = 0; i < N; i++)
		if (i % 500 != 0)
			free(p[i]);
	memgov_compact();
	snprintf(limit, sizeof limit, "%llu",
	    (unsigned long long)stat_of("heap_footprint_bytes") + 4096);
	CHECK(memgov_set("heap_max", limit) == 0);
	alarm(20);
	for (int i = 0; i < N && refused < 50; i++)
		refused += malloc(SIZE) == NULL;
	CHECK(refused == 50);
	return passed();
}
