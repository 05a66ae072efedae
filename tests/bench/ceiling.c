/* SPDX-License-Identifier: MIT */
/*
 * ceiling LEAST MOST: allocates blocks of LEAST to MOST bytes until one is refused; prints how many
 * percent of memgov's ceiling were live then, and the most that was ever charged, in percent too.
 */
#include "shim/memgov.h"
#include "tests/bench/bench.h"

#include <malloc.h>

int
main(int argc, char **argv)
{
	struct memgov_stats stats = { .size = sizeof stats };
	size_t least = argc > 2 ? strtoul(argv[1], NULL, 10) : 64;
	size_t most = argc > 2 ? strtoul(argv[2], NULL, 10) : 64;
	double live = 0, limit;
	uint64_t seed = 1;
	char *block;

	if (memgov_stats == NULL || memgov_stats(&stats) != 0 || stats.heap_limit_bytes == 0) {
		fprintf(stderr, "ceiling: no memgov here, or no MEMGOV_HEAP_MAX\n");
		return 1;
	}
	limit = (double)stats.heap_limit_bytes;
	while (live < 2 * limit && (block = malloc(bench_between(&seed, least, most))) != NULL) {
		size_t n = malloc_usable_size(block);

		bench_touch(block, n);
		live += (double)n;
	}
	memgov_stats(&stats);
	printf("live %.2f\n", live * 100 / limit);
	printf("peak %.4f\n", (double)stats.heap_peak_bytes * 100 / limit);
	fflush(stdout);
	_exit(0);
}
