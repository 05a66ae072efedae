// SPDX-License-Identifier: MIT
/* 3000 threads that live for a few allocations each, more than one sample's worth. */
#include "tests/preload/victims/check.h"

#include <pthread.h>

static void *
live_shortly(void *arg)
{
	for (size_t i = 0; i < 20; i++)
		free(memset(malloc(2000 * i), 1, 2000 * i));
	return arg;
}

int
main(void)
{
	for (int i = 0; i < 1000; i++) {
		pthread_t t[3];

		for (int k = 0; k < 3; k++)
			CHECK(pthread_create(&t[k], NULL, live_shortly, NULL) == 0);
		for (int k = 0; k < 3; k++)
			pthread_join(t[k], NULL);
	}
	ready();
	return passed();
}
