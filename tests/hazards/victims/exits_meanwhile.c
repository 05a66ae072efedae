// SPDX-License-Identifier: MIT
/* main ends while threads allocate, free, and hold blocks that handlers at exit free: 100 times,
 * each in a child, or once, without (argument: once). */
#include "tests/preload/victims/check.h"

#include <pthread.h>
#include <sys/wait.h>

#define CHILDREN 100

static void *blocks[1000];

static void *
churn(void *arg)
{
	void *p[50] = { 0 };

	for (uint64_t seed = (uint64_t)(uintptr_t)arg;;) {
		size_t n = next_random(&seed) % 50;

		free(p[n]);
		p[n] = malloc(next_random(&seed) % 30000);
	}
	return arg;
}

static void
free_blocks(void)
{
	for (size_t i = 0; i < 1000; i++)
		free(realloc(blocks[i], 3 * i));
	free(strdup("after all"));
}

static void
say(void)
{
	(void)passed();
}

static void
end_in_a_hurry(int nth)
{
	pthread_t t;

	atexit(free_blocks);
	for (size_t i = 0; i < 1000; i++)
		blocks[i] = malloc(i * 7);
	for (intptr_t i = 1; i <= 3; i++)
		CHECK(pthread_create(&t, NULL, churn, (void *)i) == 0);
	usleep((unsigned)nth * 50);
	exit(nth % 7);
}

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "once") == 0) {
		atexit(say);
		end_in_a_hurry(0);
	}
	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();
		int status = -1;

		if (pid == 0)
			end_in_a_hurry(i);
		CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == i % 7);
	}
	return passed();
}
