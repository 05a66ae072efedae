// SPDX-License-Identifier: MIT
/*
 * Fork children of a program with many threads compact in one thread, which brings back what the
 * parent's threads held, while another thread forks again and again.
 */
#include "check.h"

#include <malloc.h>
#include <pthread.h>
#include <sys/wait.h>

#define THREADS 100
#define BLOCKS 1000

static pthread_barrier_t filled;
static volatile int compacting;

static void *
fill_magazines(void *arg)
{
	void *p[BLOCKS];

	for (int i = 0; i < BLOCKS; i++)
		p[i] = malloc(16 + (size_t)i * 37 % 2000);
	for (int i = 0; i < BLOCKS; i++)
		free(p[i]);
	pthread_barrier_wait(&filled);
	pause();
	return arg;
}

static void *
compact(void *arg)
{
	compacting = 1;
	malloc_trim(0);
	return arg;
}

static void
fork_and_wait(void (*child)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		child();
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void
end(void)
{
}

static void
fork_while_compacting(void)
{
	pthread_t t;

	alarm(20);
	CHECK(pthread_create(&t, NULL, compact, NULL) == 0);
	while (!compacting)
		;
	for (int i = 0; i < 20; i++)
		fork_and_wait(end);
	CHECK(pthread_join(t, NULL) == 0);
}

int
main(void)
{
	pthread_attr_t attr;
	pthread_t t;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 128 << 10);
	pthread_barrier_init(&filled, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&t, &attr, fill_magazines, NULL) == 0);
	pthread_barrier_wait(&filled);
	for (int i = 0; i < 40; i++)
		fork_and_wait(fork_while_compacting);
	return passed();
}
