// SPDX-License-Identifier: MIT
/* at_limit=gc=SIGUSR2,wait=…: the program's handler runs, its collector thread frees, and the
 * request is met. */
#include "check.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

static sem_t wanted;
static void *held[200];
static int n;

static void
on_signal(int sig)
{
	if (sig == SIGUSR2)
		sem_post(&wanted);
}

static void *
collect(void *arg)
{
	while (sem_wait(&wanted) == -1)
		;
	for (int i = 0; i < n / 2; i++)
		free(held[i]);
	return arg;
}

int
main(void)
{
	uint64_t limit = stat_of("heap_limit_bytes");
	pthread_t t;

	sem_init(&wanted, 0, 0);
	signal(SIGUSR2, on_signal);
	for (n = 0; stat_of("live_bytes") + (3u << 20) < limit; n++)
		CHECK((held[n] = malloc(1u << 20)) != NULL);
	CHECK(pthread_create(&t, NULL, collect, NULL) == 0);
	CHECK(malloc(8u << 20) != NULL);
	pthread_join(t, NULL);
	CHECK(stat_of("refused_allocs") == 0);
	return passed();
}
