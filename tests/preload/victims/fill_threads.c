// SPDX-License-Identifier: MIT
/* Eight threads race for the last bytes below the ceiling, free all and race again: never above it,
 * by a byte. */
#include "check.h"

#include <pthread.h>

static uint64_t limit;
static pthread_barrier_t barrier;

static void *
race(void *arg)
{
	unsigned seed = (unsigned)(intptr_t)arg + 1;

	for (int round = 0; round < 10; round++) {
		void **all = NULL, **b;

		pthread_barrier_wait(&barrier);
		for (int refusals = 0; refusals < 100;) {
			seed = seed * 1103515245u + 12345u;
			b = malloc(16 + (seed >> 8) % (seed % 16 == 0 ? 300000 : 5000));
			if (b == NULL) {
				refusals++;
				continue;
			}
			*b = all;
			all = b;
		}
		CHECK(stat_of("heap_peak_bytes") <= limit);
		pthread_barrier_wait(&barrier);
		while (all != NULL) {
			b = *all;
			free(all);
			all = b;
		}
	}
	return NULL;
}

int
main(void)
{
	pthread_t t[8];

	limit = stat_of("heap_limit_bytes");
	CHECK(limit == 64u << 20);
	pthread_barrier_init(&barrier, NULL, 8);
	for (intptr_t i = 0; i < 8; i++)
		CHECK(pthread_create(&t[i], NULL, race, (void *)i) == 0);
	for (int i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
	CHECK(stat_of("heap_peak_bytes") > limit / 100 * 98 && stat_of("live_bytes") < 1 << 20);
	return passed();
}
