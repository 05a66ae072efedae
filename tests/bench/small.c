/* SPDX-License-Identifier: MIT */
/*
 * small: nanoseconds for one realloc of small vectors that grow in turns, for one calloc and free
 * of a small block, and for sparse frees: over a big heap of 64-byte blocks one is freed per 64
 * KiB, then as many are allocated again.
 */
#include "tests/bench/bench.h"

#define VECTORS 4000
#define LIVE 4096
#define STEP 1024 /* blocks to 64 KiB */

static uint64_t seed = 1;

static size_t
grow_vectors(void)
{
	static void *vector[VECTORS];
	static size_t size[VECTORS];
	size_t calls = 0;

	for (int step = 0; step < 16; step++) {
		for (int i = 0; i < VECTORS; i++, calls++) {
			size[i] += size[i] / 4 + bench_between(&seed, 8, 48);
			vector[i] = bench_need(realloc(vector[i], size[i]));
			((char *)vector[i])[size[i] - 1] = 1;
		}
	}
	for (int i = 0; i < VECTORS; i++) {
		free(vector[i]);
		vector[i] = NULL;
		size[i] = 0;
	}
	return calls;
}

static void
vectors(void)
{
	double begin = bench_now_us();
	size_t calls = 0;

	for (int round = 0; round < 8; round++)
		calls += grow_vectors();
	printf("vectors %.2f\n", (bench_now_us() - begin) * 1000 / (double)calls);
}

static void
zeroed(size_t pairs)
{
	static void *live[LIVE];
	double begin = bench_now_us();

	for (size_t i = 0; i < pairs; i++) {
		size_t k = bench_between(&seed, 0, LIVE - 1);

		free(live[k]);
		live[k] = bench_need(calloc(1, bench_between(&seed, 16, 512)));
		*(char *)live[k] = 1;
	}
	printf("zeroed %.2f\n", (bench_now_us() - begin) * 1000 / (double)pairs);
}

static void
sparse(size_t heap_mb, size_t rounds)
{
	size_t blocks = heap_mb * (1 << 20) / 64;
	void **block = bench_map(blocks * sizeof *block);
	double free_us = 0, malloc_us = 0;

	for (size_t i = 0; i < blocks; i++) {
		block[i] = bench_need(malloc(64));
		*(char *)block[i] = 1;
	}
	for (size_t r = 0; r < rounds; r++) {
		double begin = bench_now_us(), middle;
		size_t first = r * 37 % STEP;

		for (size_t i = first; i < blocks; i += STEP)
			free(block[i]);
		middle = bench_now_us();
		for (size_t i = first; i < blocks; i += STEP) {
			block[i] = bench_need(malloc(64));
			*(char *)block[i] = 1;
		}
		free_us += middle - begin;
		malloc_us += bench_now_us() - middle;
	}
	printf("sparse_free %.2f\n", free_us * 1000 / (double)(rounds * blocks / STEP));
	printf("sparse_malloc %.2f\n", malloc_us * 1000 / (double)(rounds * blocks / STEP));
}

int
main(void)
{
	vectors();
	zeroed(3000000);
	sparse(512, 100);
	return 0;
}
