// SPDX-License-Identifier: MIT
/*
 * Threads that count their own allocations, releases and resizes while they free each other's
 * blocks, and compare with what memgov counted: exact. Arguments: threads, operations of each.
 */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>

#define MAX_THREADS 64
#define SLOTS 4096 /* shared: whoever takes a block out of a slot frees it */

static _Atomic(void *) slots[SLOTS];
static _Atomic uint64_t allocs, frees, reallocs;
static pthread_barrier_t barrier;
static long operations;

static void *
make(unsigned kind, size_t size)
{
	void *p = NULL;

	switch (kind % 4) {
	case 0: return calloc(1, size);
	case 1: return aligned_alloc(64, size);
	case 2: return posix_memalign(&p, 256, size) == 0 ? p : NULL;
	default: return malloc(size);
	}
}

static void *
run(void *arg)
{
	uint64_t seed = (uint64_t)(intptr_t)arg * 7919 + 1, a = 0, f = 0, r = 0;

	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	for (long i = 0; i < operations; i++) {
		unsigned x = (unsigned)((seed = seed * 6364136223846793005ull + 1) >> 33);
		size_t size = x % 1000 == 0 ? 100000 : 1 + x % 700;
		void *p = make(x >> 12, size), *old;

		a++;
		if (x % 8 == 0) {
			p = realloc(p, 1 + x % 3000);
			r++;
		} else if (x % 8 == 1) {
			p = realloc(realloc(p, 0), size);
			f++, a++;
		}
		CHECK(p != NULL);
		old = atomic_exchange(&slots[x % SLOTS], p);
		free(old);
		f += old != NULL;
	}
	atomic_fetch_add(&allocs, a);
	atomic_fetch_add(&frees, f);
	atomic_fetch_add(&reallocs, r);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t t[MAX_THREADS];
	int threads = argc == 3 ? atoi(argv[1]) : 0;
	uint64_t a, f, r, blocks, bytes, left = 0;

	CHECK(threads > 0 && threads <= MAX_THREADS && (operations = atol(argv[2])) > 0);
	pthread_barrier_init(&barrier, NULL, (unsigned)threads + 1);
	for (intptr_t i = 0; i < threads; i++)
		CHECK(pthread_create(&t[i], NULL, run, (void *)i) == 0);
	pthread_barrier_wait(&barrier);
	a = stat_of("allocs"), f = stat_of("frees"), r = stat_of("reallocs");
	blocks = stat_of("live_blocks"), bytes = stat_of("live_bytes");
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	CHECK(stat_of("allocs") - a == allocs);
	CHECK(stat_of("frees") - f == frees);
	CHECK(stat_of("reallocs") - r == reallocs);
	for (int i = 0; i < SLOTS; i++)
		left += slots[i] != NULL;
	CHECK(stat_of("live_blocks") - blocks == left);
	for (int i = 0; i < SLOTS; i++)
		free(slots[i]);
	CHECK(stat_of("live_blocks") == blocks && stat_of("live_bytes") == bytes);
	CHECK(stat_of("alloc_bytes") - stat_of("freed_bytes") == bytes);
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
	return passed();
}
