// SPDX-License-Identifier: MIT
/*
 * More dead threads than the C library keeps stacks for: pthread_join frees under the lock of those
 * stacks, and a governor that started in that free would wait for the lock for ever.
 */
#include "check.h"

#include <malloc.h>
#include <pthread.h>

static void *
work(void *arg)
{
	return arg;
}

int
main(void)
{
	pthread_t threads[12];

	for (int i = 0; i < 12; i++)
		CHECK(pthread_create(&threads[i], NULL, work, NULL) == 0);
	usleep(1200 * 1000); /* the governor is due from its first second on */
	malloc_trim(0);
	for (int i = 0; i < 12; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	return passed();
}
