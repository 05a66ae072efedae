// SPDX-License-Identifier: MIT
/* Threads that are cancelled while they allocate, unwound by the C library, and whose clean-up
 * frees; others come meanwhile. */
#include "tests/preload/victims/check.h"

#include <pthread.h>

#define ROUNDS 150
#define THREADS 4

static void
clean_up(void *arg)
{
	free(*(void **)arg);
	free(malloc(2000));
}

static void *
work(void *arg)
{
	void *p = NULL;

	pthread_cleanup_push(clean_up, &p);
	for (size_t n = 1;; n = n * 5 % 65537) {
		p = malloc(n);
		pthread_testcancel();
		free(p);
		p = NULL;
	}
	pthread_cleanup_pop(1);
	return arg;
}

int
main(void)
{
	for (int round = 0; round < ROUNDS; round++) {
		pthread_t t[THREADS];
		void *result;

		for (int i = 0; i < THREADS; i++)
			CHECK(pthread_create(&t[i], NULL, work, NULL) == 0);
		for (int i = 0; i < THREADS; i++)
			CHECK(pthread_cancel(t[i]) == 0);
		for (int i = 0; i < THREADS; i++)
			CHECK(pthread_join(t[i], &result) == 0 && result == PTHREAD_CANCELED);
	}
	return passed();
}
