/* SPDX-License-Identifier: MIT */
/*
 * sleepers THREADS KEEP_KB FREE_KB: each of so many threads allocates KEEP_KB and FREE_KB of small
 * blocks, frees the second part while all others hold theirs too, and sleeps. Prints the RSS above
 * the start of main, above the threads asleep before their first block, and the latter after the
 * remedy.
 */
#include "tests/bench/bench.h"
#include "tests/bench/remedy.h"

#include <pthread.h>

enum phase { BORN, HELD, FREED, PHASES };

static pthread_barrier_t reached[PHASES], left[PHASES];
static size_t keep_bytes, free_bytes;

static void
meet(enum phase p)
{
	pthread_barrier_wait(&reached[p]);
	pthread_barrier_wait(&left[p]);
}

/* A list of blocks of random size that sum up to `bytes`. */
static void *
allocate(uint64_t *seed, size_t bytes)
{
	void **list = NULL;

	for (size_t sum = 0; sum < bytes;) {
		size_t n = bench_between(seed, 16, 256);
		void **block = bench_need(malloc(n));

		memset(block, 1, n);
		*block = list;
		list = block;
		sum += n;
	}
	return list;
}

static void *
sleeper(void *arg)
{
	uint64_t seed = (uint64_t)(uintptr_t)arg;
	void **list;

	meet(BORN);
	allocate(&seed, keep_bytes);
	list = allocate(&seed, free_bytes);
	meet(HELD);
	while (list != NULL) {
		void **next = *list;

		free(list);
		list = next;
	}
	meet(FREED);
	pause();
	return NULL;
}

static void
start(unsigned threads)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 128 << 10);
	for (int i = 0; i < PHASES; i++) {
		pthread_barrier_init(&reached[i], NULL, threads + 1);
		pthread_barrier_init(&left[i], NULL, threads + 1);
	}
	for (unsigned i = 0; i < threads; i++) {
		if (pthread_create(&thread, &attr, sleeper, (void *)(uintptr_t)(i * 977 + 1)) !=
		    0) {
			fprintf(stderr, "sleepers: no thread %u\n", i);
			exit(1);
		}
	}
}

int
main(int argc, char **argv)
{
	unsigned threads = argc > 3 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000;
	double at_start = bench_rss_mb(), at_birth;

	keep_bytes = argc > 3 ? strtoul(argv[2], NULL, 10) << 10 : 4096;
	free_bytes = argc > 3 ? strtoul(argv[3], NULL, 10) << 10 : 0;
	start(threads);
	pthread_barrier_wait(&reached[BORN]);
	bench_sleep_ms(50);
	at_birth = bench_rss_mb();
	pthread_barrier_wait(&left[BORN]);
	meet(HELD);
	meet(FREED);
	bench_sleep_ms(100);
	printf("above_start %.2f\n", bench_rss_mb() - at_start);
	printf("above_birth %.2f\n", bench_rss_mb() - at_birth);
	bench_remedy();
	bench_sleep_ms(200);
	printf("compacted %.2f\n", bench_rss_mb() - at_birth);
	fflush(stdout);
	_exit(0);
}
