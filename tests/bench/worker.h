/* SPDX-License-Identifier: MIT */
/*
 * A thread that fills a heap with blocks of random size, frees all but a random share of them, and
 * then blocks in read() until it is told to end: what compaction from another thread has to cope
 * with.
 */
#ifndef BENCH_WORKER_H
#define BENCH_WORKER_H

#include "tests/bench/bench.h"

#include <pthread.h>

struct bench_worker {
	/* Set by the caller. */
	size_t least, most, heap_bytes;
	double survivors; /* 0 to 1 */

	/* What was done. */
	size_t live_bytes, live_pages; /* requested bytes, and pages that hold one of them */
	ssize_t read_result;
	int asleep[2], wake[2];
	pthread_t thread;
};

/* Counts the pages of a block that were not seen yet. `seen` has a bit for each page there is. */
static inline size_t
bench_count_pages(uint8_t *seen, uintptr_t block, size_t bytes)
{
	size_t fresh = 0;

	for (uintptr_t page = block >> 12; page <= (block + bytes - 1) >> 12; page++) {
		if ((seen[page >> 3] >> (page & 7) & 1) == 0) {
			seen[page >> 3] |= (uint8_t)(1 << (page & 7));
			fresh++;
		}
	}
	return fresh;
}

/* The table of blocks and the map of pages are past malloc, and gone before RSS is read. */
static inline void
bench_worker_work(struct bench_worker *w)
{
	size_t most_blocks = w->heap_bytes / ((w->least + w->most) / 2) * 5 / 4 + 64, n = 0;
	size_t map_bytes = (size_t)1 << 32; /* 47 bits of address, a bit for each page */
	void **block = bench_map(most_blocks * sizeof *block);
	uint32_t *size = bench_map(most_blocks * sizeof *size);
	uint8_t *seen = bench_map(map_bytes);
	uint64_t seed = 1;

	for (size_t sum = 0; sum < w->heap_bytes && n < most_blocks; n++) {
		size[n] = (uint32_t)bench_between(&seed, w->least, w->most);
		block[n] = bench_need(malloc(size[n]));
		memset(block[n], 1, size[n]);
		sum += size[n];
	}
	for (size_t i = 0; i < n; i++) {
		if (bench_random(&seed) >= (uint32_t)(w->survivors * UINT32_MAX)) {
			free(block[i]);
		} else {
			w->live_bytes += size[i];
			w->live_pages += bench_count_pages(seen, (uintptr_t)block[i], size[i]);
		}
	}
	munmap(block, most_blocks * sizeof *block);
	munmap(size, most_blocks * sizeof *size);
	munmap(seen, map_bytes);
}

static inline void *
bench_worker_main(void *arg)
{
	struct bench_worker *w = arg;
	char c = 0;

	bench_worker_work(w);
	if (write(w->asleep[1], &c, 1) != 1)
		exit(1);
	w->read_result = read(w->wake[0], &c, 1);
	return NULL;
}

/* Returns when the worker is in its read(). */
static inline void
bench_worker_start(struct bench_worker *w)
{
	char c;

	if (pipe(w->asleep) != 0 || pipe(w->wake) != 0 ||
	    pthread_create(&w->thread, NULL, bench_worker_main, w) != 0 ||
	    read(w->asleep[0], &c, 1) != 1) {
		perror("worker");
		exit(1);
	}
	bench_sleep_ms(20);
}

/* False when something disturbed the worker's sleep. */
static inline int
bench_worker_end(struct bench_worker *w)
{
	char c = 0;

	if (write(w->wake[1], &c, 1) != 1)
		return 0;
	pthread_join(w->thread, NULL);
	return w->read_result == 1;
}

#endif
