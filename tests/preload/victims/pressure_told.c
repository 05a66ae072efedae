// SPDX-License-Identifier: MIT
/* memgov_on_pressure: a program is told that the machine is short of memory, in a thread of its
 * own. */
#include "check.h"

#include "shim/memgov.h"

#include <pthread.h>

#define DEADLINE_S 50

static pthread_t self;
static volatile int calls;

static void
count(enum memgov_pressure why, void *arg)
{
	CHECK(why == MEMGOV_PRESSURE_SYSTEM && arg == &self);
	CHECK(pthread_equal(pthread_self(), self));
	calls++;
}

int
main(void)
{
	double end = seconds() + DEADLINE_S;

	self = pthread_self();
	CHECK(memgov_on_pressure(count, &self) == 0);
	while (calls == 0 && seconds() < end)
		free(malloc(100));
	CHECK(calls == 1);
	return passed();
}
