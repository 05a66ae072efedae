// SPDX-License-Identifier: MIT
/* A library whose fork handlers allocate and release, more than a thread has at hand. */
#include <pthread.h>
#include <stdlib.h>

static void
churn(void)
{
	static void *blocks[64];

	for (int i = 0; i < 64; i++)
		blocks[i] = malloc(64 * 1024);
	for (int i = 0; i < 64; i++)
		free(blocks[i]);
}

__attribute__((constructor(101))) static void
start(void)
{
	pthread_atfork(churn, churn, churn);
}
