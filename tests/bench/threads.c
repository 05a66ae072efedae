/* SPDX-License-Identifier: MIT */
/*
 * threads: nanoseconds for a block that one thread allocates and another frees, handed over in
 * batches through a ring; microseconds for a thread that is born, allocates a little, and dies.
 */
#include "tests/bench/bench.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define RING 64
#define BATCH 64

static void *ring[RING][BATCH];
static _Atomic size_t produced, consumed;

static void *
consume(void *arg)
{
	size_t batches = *(size_t *)arg;

	for (size_t n = 0; n < batches; n++) {
		while (atomic_load_explicit(&produced, memory_order_acquire) == n)
			sched_yield();
		for (int i = 0; i < BATCH; i++)
			free(ring[n % RING][i]);
		atomic_store_explicit(&consumed, n + 1, memory_order_release);
	}
	return NULL;
}

static void
handover(size_t batches)
{
	uint64_t seed = 3;
	pthread_t thread;
	double begin;

	pthread_create(&thread, NULL, consume, &batches);
	begin = bench_now_us();
	for (size_t n = 0; n < batches; n++) {
		while (n - atomic_load_explicit(&consumed, memory_order_acquire) == RING)
			sched_yield();
		for (int i = 0; i < BATCH; i++) {
			void **block = bench_need(malloc(bench_between(&seed, 16, 256)));

			*block = NULL;
			ring[n % RING][i] = block;
		}
		atomic_store_explicit(&produced, n + 1, memory_order_release);
	}
	pthread_join(thread, NULL);
	printf("handover %.2f\n", (bench_now_us() - begin) * 1000 / (double)(batches * BATCH));
}

static void *
live_shortly(void *arg)
{
	void *block[50];
	uint64_t seed = (uint64_t)(uintptr_t)arg | 1;

	for (int i = 0; i < 50; i++) {
		block[i] = bench_need(malloc(bench_between(&seed, 16, 1024)));
		*(char *)block[i] = 1;
	}
	for (int i = 0; i < 50; i++)
		free(block[i]);
	return NULL;
}

static void
churn(int threads)
{
	double begin = bench_now_us();

	for (int i = 0; i < threads; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, live_shortly, (void *)(uintptr_t)(i * 2 + 1)) !=
		    0)
			exit(1);
		pthread_join(thread, NULL);
	}
	printf("churn %.2f\n", (bench_now_us() - begin) / threads);
}

int
main(void)
{
	handover(60000);
	churn(5000);
	return 0;
}
