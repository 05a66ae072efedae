// SPDX-License-Identifier: MIT
/* Threads that free and allocate in pthread key destructors, in each of glibc's rounds: long after
 * memgov's own one. */
#include "check.h"

#include <pthread.h>

#define THREADS 100

static pthread_key_t key;
static int rounds[THREADS];

struct slot {
	int round, thread;
};

static void
destroy(void *arg)
{
	struct slot *old = arg, *next = malloc(sizeof *next);

	CHECK(next != NULL);
	*next = (struct slot){ old->round + 1, old->thread };
	rounds[old->thread] = next->round;
	free(old);
	free(malloc(100000));
	if (next->round < PTHREAD_DESTRUCTOR_ITERATIONS)
		pthread_setspecific(key, next);
	else
		free(next);
}

static void *
run(void *arg)
{
	struct slot *s = malloc(sizeof *s);

	*s = (struct slot){ 0, (int)(intptr_t)arg };
	pthread_setspecific(key, s);
	return NULL;
}

int
main(void)
{
	pthread_t t[THREADS];

	CHECK(pthread_key_create(&key, destroy) == 0);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&t[i], NULL, run, (void *)(intptr_t)i) == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < THREADS; i++)
		CHECK(rounds[i] == PTHREAD_DESTRUCTOR_ITERATIONS);
	return passed();
}
