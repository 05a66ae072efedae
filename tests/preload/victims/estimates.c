/* SPDX-License-Identifier: MIT */
/*
 * Some 100 MB in blocks that come to be as argument 1 says; then it waits, while what the samples
 * say of live bytes is held against the exact figure.
 */
#include "check.h"

#include <pthread.h>

#define LIVE_BYTES ((size_t)100 << 20)
#define THREADS 8
#define VECTORS 300
#define LITTLE_VECTORS 100000

static void *volatile newest;
static void *blocks[1u << 19];

static size_t
keep_small(uint64_t *seed)
{
	static const size_t sizes[] = { 24, 64, 200, 1000 };
	size_t size = sizes[next_random(seed) % 4];

	newest = malloc(size);
	return size;
}

/* From 16 bytes to 2 MB; half as many blocks are above four times a size as above the size. */
static size_t
keep_mixed(uint64_t *seed)
{
	double u = (next_random(seed) + 1.0) / 2147483648.0;
	double size = 16 / (u * u);

	size = size < 2 << 20 ? size : 2 << 20;
	newest = malloc((size_t)size);
	return (size_t)size;
}

static size_t
keep_one_of_many(uint64_t *seed)
{
	for (unsigned i = 0; i < 20; i++)
		free(malloc(16 + next_random(seed) % 3000));
	newest = malloc(500);
	return 500;
}

static void
keep(size_t bytes, size_t (*keep_one)(uint64_t *), uint64_t seed)
{
	for (size_t sum = 0; sum < bytes;)
		sum += keep_one(&seed);
}

static void
grow(unsigned from, unsigned to, size_t step)
{
	for (unsigned turn = 1; turn <= 12; turn++) {
		for (unsigned k = from; k < to; k++) {
			blocks[k] = realloc(blocks[k], turn * (k % 20 + 1) * step);
			CHECK(blocks[k] != NULL);
		}
	}
}

/* In turns: a few by 2 to 40 KB each time, so that they pass from classes to runs, many by 2 to 40
 * bytes. */
static void
grow_vectors(void)
{
	grow(0, VECTORS, 2000);
	grow(VECTORS, VECTORS + LITTLE_VECTORS, 2);
}

/* Makes blocks, of which its successor frees every second one. */
static void *
hand_over(void *arg)
{
	size_t n = sizeof blocks / sizeof *blocks / THREADS, k = (size_t)arg;

	for (size_t i = 0; i < n; i++)
		blocks[k * n + i] = malloc(16 + i % 500);
	for (size_t i = 0; k > 0 && i < n; i += 2) {
		free(blocks[(k - 1) * n + i]);
		blocks[(k - 1) * n + i] = NULL;
	}
	return NULL;
}

static void
run_threads(void)
{
	for (size_t k = 0; k < THREADS; k++) {
		pthread_t t;

		CHECK(pthread_create(&t, NULL, hand_over, (void *)k) == 0);
		CHECK(pthread_join(t, NULL) == 0);
	}
}

int
main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	if (strcmp(how, "small") == 0)
		keep(LIVE_BYTES, keep_small, 1);
	else if (strcmp(how, "mixed") == 0)
		keep(LIVE_BYTES, keep_mixed, 2);
	else if (strcmp(how, "short_lived") == 0)
		keep(LIVE_BYTES / 2, keep_one_of_many, 3);
	else if (strcmp(how, "vectors") == 0)
		grow_vectors();
	else if (strcmp(how, "threads") == 0)
		run_threads();
	else
		CHECK(!"a workload");
	ready();
	return passed();
}
