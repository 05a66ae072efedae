// SPDX-License-Identifier: MIT
/* Forks so often (argument 1) while threads (argument 2) allocate; each child uses the heap, every
 * tenth forks again. */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

static atomic_bool stop;

static void
use_heap(void)
{
	void *p[64];

	for (size_t i = 0; i < 64; i++)
		CHECK((p[i] = memset(malloc(i * i * 10), 1, i * i * 10)) != NULL);
	for (size_t i = 0; i < 64; i++)
		free(p[i]);
}

static void *
allocate(void *arg)
{
	while (!stop)
		use_heap();
	return arg;
}

static void
check_child(pid_t pid)
{
	int status = -1;

	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

int
main(int argc, char **argv)
{
	int forks = argc == 3 ? atoi(argv[1]) : 0, threads = forks ? atoi(argv[2]) : 0;
	pthread_t t[8];

	CHECK(forks > 0 && threads <= 8);
	for (int i = 0; i < threads; i++)
		CHECK(pthread_create(&t[i], NULL, allocate, NULL) == 0);
	for (int i = 0; i < forks; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			use_heap();
			for (int depth = 0; i % 10 == 0 && depth < 3 && (pid = fork()) == 0;
			     depth++)
				use_heap();
			if (pid > 0)
				check_child(pid);
			exit(0);
		}
		check_child(pid);
	}
	stop = 1;
	for (int i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
	ready();
	return passed();
}
