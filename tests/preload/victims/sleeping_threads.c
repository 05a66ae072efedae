// SPDX-License-Identifier: MIT
/*
 * A thousand threads, each of which used 1 MB of small blocks and sleeps: after a compaction they
 * cost little. Prints how much. The start is measured when all threads have touched their stacks.
 */
#include "check.h"

#include "shim/memgov.h"

#include <pthread.h>

#define THREADS 1000
#define BYTES ((size_t)1 << 20)
#define BLOCKS (BYTES / 16)
#define MOST ((uint64_t)40 << 20)

static pthread_barrier_t barrier;

static void
use_heap(uint64_t seed)
{
	void **all = NULL, **b;

	for (size_t sum = 0; sum < BYTES;) {
		size_t size = 16 + next_random(&seed) % 1009;

		CHECK((b = malloc(size)) != NULL);
		memset(b, 1, size);
		*b = all;
		all = b;
		sum += size;
	}
	for (; all != NULL; all = b) {
		b = *all;
		free(all);
	}
}

static void *
run(void *arg)
{
	volatile char stack[4096];

	memset((void *)stack, 1, sizeof stack);
	pthread_barrier_wait(&barrier); /* all have started */
	pthread_barrier_wait(&barrier); /* measured */
	use_heap((uint64_t)(intptr_t)arg);
	pthread_barrier_wait(&barrier); /* all have used it */
	pthread_barrier_wait(&barrier); /* the end */
	return NULL;
}

int
main(void)
{
	static pthread_t t[THREADS];
	char text[64];
	uint64_t start, used, after, cost;
	pthread_attr_t small;

	pthread_attr_init(&small);
	CHECK(pthread_attr_setstacksize(&small, 65536) == 0);
	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (intptr_t i = 0; i < THREADS; i++)
		CHECK(pthread_create(&t[i], &small, run, (void *)i) == 0);
	pthread_barrier_wait(&barrier);
	start = rss_bytes();
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	used = rss_bytes();
	memgov_compact();
	after = rss_bytes();
	cost = after > start ? after - start : 0;
	snprintf(text, sizeof text, "%lu KB, %lu KB after a compaction\n",
	    (unsigned long)(used - start) >> 10, (unsigned long)cost >> 10);
	check_write(text);
	CHECK(cost <= MOST);
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	return passed();
}
