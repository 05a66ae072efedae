// SPDX-License-Identifier: MIT
/*
 * A heap whose pages are pinned by a few survivors, right below its ceiling: small requests are
 * still answered soon, with a block or with NULL.
 */
#include "check.h"

#include "shim/memgov.h"

#include <unistd.h>

#define N 3000000

int
main(void)
{
	static void *p[N];
	char limit[32];
	int refused = 0;

	for (int i = 0; i < N; i++)
		memset(p[i] = malloc(64), 1, 64);
	for (int i = 0; i < N; i++)
		if (i % 500 != 0)
			free(p[i]);
	memgov_compact();
	snprintf(limit, sizeof limit, "%llu",
	    (unsigned long long)stat_of("heap_footprint_bytes") + (64 << 10));
	CHECK(memgov_set("heap_max", limit) == 0);
	alarm(20);
	for (int i = 0; i < N && refused < 50; i++)
		refused += malloc(64) == NULL;
	CHECK(refused == 50);
	CHECK(stat_of("heap_peak_bytes") > 0);
	return passed();
}
