/* SPDX-License-Identifier: MIT */
/* What the benchmarks share: a clock, and the median of what it said. */
#ifndef BENCH_H
#define BENCH_H

#include <stdlib.h>
#include <time.h>

static inline double
bench_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
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

#endif
