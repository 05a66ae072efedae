// SPDX-License-Identifier: MIT
/* A library whose fork handlers end its threads and start them again, as OpenBLAS's do. All of
 * them use the heap. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define THREADS 2

static pthread_t threads[THREADS];
static atomic_int stop;

static void
churn(unsigned n)
{
	void *blocks[64];

	for (unsigned i = 0; i < 64; i++)
		blocks[i] = malloc(i * i * n % 40000);
	for (unsigned i = 0; i < 64; i++)
		free(blocks[i]);
}

static void *
run(void *arg)
{
	churn(17);
	while (!stop)
		churn(3);
	churn(11);
	return arg;
}

static void
begin(void)
{
	stop = 0;
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, run, NULL) != 0)
			abort();
}

static void
end(void)
{
	stop = 1;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

__attribute__((constructor(101))) static void
start(void)
{
	pthread_atfork(end, begin, begin);
	begin();
}
