/* SPDX-License-Identifier: MIT */
/* Many short threads; each leaves 8 KB behind that nobody frees. Argument 1: threads per second. */
#include "work.h"

#include <pthread.h>

static void *volatile left;

static __attribute__((noinline)) void
prepare(void)
{
	for (int i = 0; i < 32; i++)
		left = memset(malloc(250), 1, 250);
}

static void *
run(void *arg)
{
	for (int i = 0; i < 100; i++)
		free(memset(malloc(2000), 1, 2000));
	prepare();
	return arg;
}

static void
step(uint64_t nth)
{
	pthread_t t;

	(void)nth;
	CHECK(pthread_create(&t, NULL, run, NULL) == 0);
	CHECK(pthread_join(t, NULL) == 0);
}

int
main(int argc, char **argv)
{
	return work(work_argument(argc, argv, 1, 100), step);
}
