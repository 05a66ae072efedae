/* SPDX-License-Identifier: MIT */
/*
 * What the benchmarks share: a clock, random numbers, medians, RSS, memory past malloc. Programs
 * print lines of `name value`, which run.py reads.
 */
#ifndef BENCH_H
#define BENCH_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static inline double
bench_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* xorshift64*: 32 good bits. The state must not be 0. */
static inline uint32_t
bench_random(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return (uint32_t)((x * 2685821657736338717u) >> 32);
}

/* Evenly from least to most, both included. */
static inline size_t
bench_between(uint64_t *state, size_t least, size_t most)
{
	return least + (size_t)(((uint64_t)bench_random(state) * (most - least + 1)) >> 32);
}

static inline int
bench_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Sorts. */
static inline double
bench_median(double *samples, size_t n)
{
	qsort(samples, n, sizeof *samples, bench_compare);
	return samples[n / 2];
}

/* Zeroed memory that no allocator knows of. */
static inline void *
bench_map(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return p;
}

/* The number after the first `label` in a file of /proc; without stdio, which would use malloc. */
static inline double
bench_read_number(const char *path, const char *label)
{
	char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	const char *at;

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, label);
	return at == NULL ? 0 : strtod(at + strlen(label), NULL);
}

/* Exact, by a walk over the page tables. */
static inline double
bench_rss_mb(void)
{
	return bench_read_number("/proc/self/smaps_rollup", "Rss:") / 1024;
}

/* Cheap enough to poll; wrong by some pages. */
static inline double
bench_rss_mb_about(void)
{
	return bench_read_number("/proc/self/statm", " ") * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

/* Writes a byte to each page. */
static inline void
bench_touch(void *block, size_t bytes)
{
	volatile char *p = block;

	for (size_t i = 0; i < bytes; i += 4096)
		p[i] = 1;
}

static inline void *
bench_need(void *block)
{
	if (block == NULL) {
		fprintf(stderr, "out of memory\n");
		exit(1);
	}
	return block;
}

/* usleep that signals do not shorten. */
static inline void
bench_sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) != 0)
		;
}

#endif
