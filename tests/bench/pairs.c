/* SPDX-License-Identifier: MIT */
/*
 * pairs PAIRS [MODE]: nanoseconds for one malloc and free; 64 bytes alternating, random sizes to
 * 256 bytes with 4,096 blocks live, random sizes to 1 KiB with 100,000 live. The least of several
 * runs each.
 */
#include "tests/bench/bench.h"

#define RUNS 4
#define MANY 100000
#define SOME 4096

static void *volatile sink;
static void *live[MANY];
static uint64_t seed = 1;

static void
alternate(size_t pairs)
{
	for (size_t i = 0; i < pairs; i++) {
		sink = malloc(64);
		free(sink);
	}
}

static void
replace(size_t pairs, size_t blocks, size_t most)
{
	for (size_t i = 0; i < pairs; i++) {
		size_t k = bench_between(&seed, 0, blocks - 1);

		free(live[k]);
		live[k] = malloc(bench_between(&seed, 1, most));
		*(char *)live[k] = 1;
	}
}

static void
replace_some(size_t pairs)
{
	replace(pairs, SOME, 256);
}

static void
replace_many(size_t pairs)
{
	replace(pairs, MANY, 1024);
}

static void
print_least(const char *name, void (*run)(size_t), size_t pairs)
{
	double least = 0;

	run(pairs / 4);
	for (int i = 0; i < RUNS; i++) {
		double begin = bench_now_us(), us;

		run(pairs);
		us = bench_now_us() - begin;
		least = i == 0 || us < least ? us : least;
	}
	printf("%s %.3f\n", name, least * 1000 / (double)pairs);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(size_t);
	} modes[] = { { "alternate", alternate }, { "some", replace_some },
		{ "many", replace_many } };
	size_t pairs = argc > 1 ? strtoul(argv[1], NULL, 10) : 3000000;

	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (argc < 3 || strcmp(argv[2], modes[i].name) == 0)
			print_least(modes[i].name, modes[i].run, pairs);
	return 0;
}
