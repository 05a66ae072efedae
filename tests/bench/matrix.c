/* SPDX-License-Identifier: MIT */
/*
 * matrix LEAST MOST PERMILLE MB: a worker allocates MB of blocks of LEAST to MOST bytes, frees all
 * but PERMILLE at random, and blocks in read(). RSS in MB above the start of main before and after
 * the remedy, what is live, the pages that hold a live byte, and whether the worker was disturbed.
 */
#include "tests/bench/remedy.h"
#include "tests/bench/worker.h"

#include <signal.h>

static volatile sig_atomic_t signals;

static void
count_signal(int signal)
{
	(void)signal;
	signals++;
}

/* Without SA_RESTART, so that a signal ends the worker's read() with EINTR. Crashes stay crashes.
 */
static void
count_signals(void)
{
	struct sigaction action = { .sa_handler = count_signal };

	for (int i = 1; i <= SIGRTMAX; i++) {
		if (i != SIGSEGV && i != SIGBUS && i != SIGABRT && i != SIGILL && i != SIGFPE &&
		    i != SIGTERM && i != SIGINT)
			sigaction(i, &action, NULL);
	}
}

int
main(int argc, char **argv)
{
	struct bench_worker w = { 0 };
	double start, before, after, begin, ms;

	if (argc != 5)
		return 2;
	w.least = strtoul(argv[1], NULL, 10);
	w.most = strtoul(argv[2], NULL, 10);
	w.survivors = strtod(argv[3], NULL) / 1000;
	w.heap_bytes = strtoul(argv[4], NULL, 10) << 20;
	count_signals();
	start = bench_rss_mb();
	bench_worker_start(&w);
	before = bench_rss_mb() - start;
	begin = bench_now_us();
	bench_remedy();
	ms = (bench_now_us() - begin) / 1000;
	bench_sleep_ms(200);
	after = bench_rss_mb() - start;
	printf("before %.1f\nafter %.1f\nms %.1f\n", before, after, ms);
	printf(
	    "live %.1f\nfloor %.1f\n", (double)w.live_bytes / 1048576, (double)w.live_pages / 256);
	printf("disturbed %d\n", !bench_worker_end(&w) || signals != 0);
	return 0;
}
