// SPDX-License-Identifier: MIT
/* main leaves by pthread_exit(): the process ends with its last thread, through exit(). */
#include "check.h"

#include <pthread.h>

static void *
work(void *unused)
{
	usleep(10000);
	free(malloc(30u << 20));
	return unused;
}

static void
at_exit(void)
{
	printf("ok\n");
}

int
main(void)
{
	pthread_t t;

	atexit(at_exit);
	free(malloc(30u << 20));
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&t, NULL, work, NULL) == 0 && pthread_detach(t) == 0);
	pthread_exit(NULL);
}
