/* SPDX-License-Identifier: MIT */
/*
 * large MODE: milliseconds for large blocks. churn: 5 to 25 MB in 8 slots, each touched; medium: 40
 * KB to 1 MB in 64 slots, each touched; grow MB: realloc in steps of 4 MiB to so many, the new part
 * touched; zeroed: 20 x calloc(100 MB), untouched, and the RSS they cost.
 */
#include "tests/bench/bench.h"

#define MIB (1u << 20)

static void
churn(const char *name, size_t slots, size_t least, size_t most, int rounds)
{
	static void *live[64];
	uint64_t seed = 7;
	double begin = bench_now_us();

	for (int i = 0; i < rounds; i++) {
		size_t k = bench_between(&seed, 0, slots - 1),
		       n = bench_between(&seed, least, most);

		free(live[k]);
		live[k] = bench_need(malloc(n));
		bench_touch(live[k], n);
	}
	for (size_t k = 0; k < slots; k++)
		free(live[k]);
	printf("%s %.3f\n", name, (bench_now_us() - begin) / 1000);
}

static void
grow(size_t most_mb)
{
	double begin = bench_now_us();
	char *block = NULL;

	for (size_t mb = 0; mb < most_mb; mb += 4) {
		block = bench_need(realloc(block, (mb + 4) * MIB));
		bench_touch(block + mb * MIB, 4 * MIB);
	}
	free(block);
	printf("grow %.3f\n", (bench_now_us() - begin) / 1000);
}

static void
zeroed(void)
{
	double start_mb = bench_rss_mb(), begin = bench_now_us(), us;
	void *block[20];

	for (int i = 0; i < 20; i++)
		block[i] = bench_need(calloc(100, MIB));
	us = bench_now_us() - begin;
	printf("zeroed %.3f\nzeroed_rss %.2f\n", us / 1000, bench_rss_mb() - start_mb);
	for (int i = 0; i < 20; i++)
		free(block[i]);
}

int
main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	if (strcmp(mode, "churn") == 0)
		churn("churn", 8, 5 * MIB, 25 * MIB, 300);
	else if (strcmp(mode, "medium") == 0)
		churn("medium", 64, 40 << 10, MIB, 20000);
	else if (strcmp(mode, "grow") == 0)
		grow(argc > 2 ? strtoul(argv[2], NULL, 10) : 600);
	else if (strcmp(mode, "zeroed") == 0)
		zeroed();
	else
		return 2;
	return 0;
}
