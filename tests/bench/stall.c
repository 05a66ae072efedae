/* SPDX-License-Identifier: MIT */
/*
 * stall MB: while the main thread asks for MB of another thread's freed blocks, a third allocates,
 * touches and frees without a pause. Microseconds that 16 of its operations took while that lasted:
 * median, 99 %, 99.9 %, the most; how many there were; and the milliseconds of the remedy.
 */
#include "tests/bench/remedy.h"
#include "tests/bench/worker.h"

#include <stdatomic.h>

#define LIVE 4096
#define BATCH 16
#define LEAST_MS 50 /* of measuring, when the remedy takes less */
#define MOST (1u << 24)

enum { WARM, MEASURE, END };

static _Atomic int stage;
static float *took_us;
static size_t samples;

static void *
work(void *arg)
{
	static void *live[LIVE];
	uint64_t seed = 5;
	int now;

	(void)arg;
	while ((now = atomic_load_explicit(&stage, memory_order_relaxed)) != END) {
		double begin = bench_now_us();

		for (int i = 0; i < BATCH; i++) {
			size_t k = bench_between(&seed, 0, LIVE - 1);
			size_t n = bench_between(&seed, 16, 1024);

			free(live[k]);
			live[k] = bench_need(malloc(n));
			memset(live[k], 1, n);
		}
		if (now == MEASURE && samples < MOST)
			took_us[samples++] = (float)(bench_now_us() - begin);
	}
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

static void
print_share(const char *name, double share)
{
	printf("%s %.2f\n", name, (double)took_us[(size_t)(share * (double)(samples - 1))]);
}

int
main(int argc, char **argv)
{
	struct bench_worker w = { .least = 16, .most = 1024, .survivors = 0.01 };
	pthread_t thread;
	double begin, ms;

	w.heap_bytes = (argc > 1 ? strtoul(argv[1], NULL, 10) : 1024) << 20;
	took_us = bench_map(MOST * sizeof *took_us);
	memset(took_us, 1, MOST * sizeof *took_us);
	bench_worker_start(&w);
	pthread_create(&thread, NULL, work, NULL);
	bench_sleep_ms(200);
	atomic_store(&stage, MEASURE);
	begin = bench_now_us();
	bench_remedy();
	ms = (bench_now_us() - begin) / 1000;
	if (ms < LEAST_MS)
		bench_sleep_ms((long)(LEAST_MS - ms));
	atomic_store(&stage, END);
	pthread_join(thread, NULL);
	printf("ms %.2f\nsamples %zu\n", ms, samples);
	if (samples >= 2000) {
		qsort(took_us, samples, sizeof *took_us, compare);
		print_share("p50", 0.5);
		print_share("p99", 0.99);
		print_share("p999", 0.999);
		print_share("most", 1);
	}
	fflush(stdout);
	_exit(0);
}
