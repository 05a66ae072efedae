/* SPDX-License-Identifier: MIT */
/* Handlers on alternate stacks of 16 KB that use the heap, in threads that do, whose own stacks are
 * the smallest there are. */
#include "check.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>

#define THREADS 3
#define STACK_BYTES (16u << 10)

static atomic_uint handled;
static char stacks[THREADS][STACK_BYTES];

static void
use_heap(unsigned n)
{
	void *p = malloc(1 + n * 37 % 5000);

	CHECK(p != NULL);
	free(p);
}

static void
handle(int sig)
{
	int saved = errno;

	use_heap(handled + (unsigned)sig);
	handled++;
	errno = saved;
}

static void *
run(void *stack)
{
	stack_t other = { .ss_sp = stack, .ss_size = STACK_BYTES };

	CHECK(sigaltstack(&other, NULL) == 0);
	for (unsigned i = 0; handled < 1000; i++)
		use_heap(i);
	return NULL;
}

int
main(void)
{
	struct sigaction action = { .sa_handler = handle, .sa_flags = SA_ONSTACK | SA_RESTART };
	struct itimerval every = { { 0, 1000 }, { 0, 1000 } };
	pthread_t t[THREADS];
	pthread_attr_t attr;
	sigset_t block;

	pthread_attr_init(&attr);
	CHECK(pthread_attr_setstacksize(&attr, (size_t)PTHREAD_STACK_MIN) == 0);
	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&t[i], &attr, run, stacks[i]) == 0);
	sigemptyset(&block);
	sigaddset(&block, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &block, NULL);
	CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(t[i], NULL) == 0);
	return passed();
}
