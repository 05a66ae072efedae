// SPDX-License-Identifier: MIT
/* Opens and closes 10,000 threads; each leaves a block behind that main frees. Nothing of a dead
 * thread stays. */
#include "check.h"

#include <pthread.h>

#define AT_ONCE 50

static void *
run(void *arg)
{
	free(malloc(500));
	return memset(malloc((size_t)arg), 1, (size_t)arg);
}

int
main(void)
{
	pthread_t t[AT_ONCE];
	uint64_t live = 0, allocs = 0;

	for (size_t i = 0; i < 10000 / AT_ONCE; i++) {
		for (size_t k = 0; k < AT_ONCE; k++)
			CHECK(pthread_create(&t[k], NULL, run, (void *)(k * 100 + 1)) == 0);
		for (size_t k = 0; k < AT_ONCE; k++) {
			void *p = NULL;

			CHECK(pthread_join(t[k], &p) == 0 && p != NULL);
			free(p);
		}
		if (i == 10)
			live = stat_of("live_bytes"), allocs = stat_of("allocs");
	}
	CHECK(stat_of("live_bytes") <= live + 4096);
	CHECK(stat_of("allocs") - allocs >= 2u * (10000 - 11 * AT_ONCE));
	CHECK(stat_of("threads") == 1);
	ready();
	return passed();
}
