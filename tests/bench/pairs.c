/* SPDX-License-Identifier: MIT */
/*
 * pairs: nanoseconds for one malloc and free; a line for 64 bytes alternating, one for random sizes
 * to 256 bytes with 4,096 blocks live. The least of several runs each.
 */
#include "tests/bench/bench.h"

#include <stdio.h>

#define PAIRS 5000000
#define LIVE 4096
#define RUNS 5

static void *volatile sink;

static double
alternate_us(void)
{
	double begin = bench_now_us();

	for (int i = 0; i < PAIRS; i++) {
		sink = malloc(64);
		free(sink);
	}
	return bench_now_us() - begin;
}

static double
random_us(void)
{
	static void *live[LIVE];
	static unsigned seed = 1;
	double begin = bench_now_us();

	for (int i = 0; i < PAIRS; i++) {
		unsigned k;

		seed = seed * 1103515245u + 12345u;
		k = (seed >> 8) % LIVE;
		free(live[k]);
		live[k] = malloc(1 + (seed >> 20) % 256);
	}
	return bench_now_us() - begin;
}

static double
least_ns(double (*run)(void))
{
	double best = run();

	for (int i = 1; i < RUNS; i++) {
		double us = run();

		best = us < best ? us : best;
	}
	return best * 1000 / PAIRS;
}

int
main(void)
{
	printf("%.2f\n", least_ns(alternate_us));
	printf("%.2f\n", least_ns(random_us));
	return 0;
}
