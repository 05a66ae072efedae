// SPDX-License-Identifier: MIT
/* A thread with the priority of real time allocates beside an ordinary one, on one processor: it
 * must not wait in a loop for what only the other one can give. Without the right to such a
 * priority both are ordinary. */
#include "check.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#define SLOTS 256
#define ROUNDS 3000
#define DEADLINE_S 60

static atomic_bool is_over;

static void
churn(int times)
{
	static _Thread_local void *slots[SLOTS];
	static _Thread_local uint32_t x = 1;

	while (times-- > 0) {
		x = x * 1103515245 + 12345;
		free(slots[x >> 8 & (SLOTS - 1)]);
		slots[x >> 8 & (SLOTS - 1)] = malloc(16 + (x >> 16) % 2000);
	}
}

static void *
run_ordinary(void *arg)
{
	while (!is_over)
		churn(1000);
	return arg;
}

static void *
run_urgent(void *arg)
{
	struct sched_param p = { .sched_priority = 1 };
	double end = seconds() + DEADLINE_S;

	pthread_setschedparam(pthread_self(), SCHED_FIFO, &p);
	for (int i = 0; i < ROUNDS; i++) {
		usleep(200);
		churn(4);
		CHECK(seconds() < end);
	}
	is_over = true;
	return arg;
}

int
main(void)
{
	pthread_t ordinary, urgent;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
	CHECK(pthread_create(&ordinary, NULL, run_ordinary, NULL) == 0);
	CHECK(pthread_create(&urgent, NULL, run_urgent, NULL) == 0);
	pthread_join(urgent, NULL);
	pthread_join(ordinary, NULL);
	return passed();
}
