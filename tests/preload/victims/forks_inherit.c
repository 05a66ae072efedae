// SPDX-License-Identifier: MIT
/*
 * Four threads keep a working set in motion while main forks 250 times. Each child finds every
 * block of every thread as it was, frees them, allocates anew, and ends well.
 */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

#define THREADS 4
#define SLOTS 400
#define FORKS 250

struct head {
	uint32_t size;
	uint32_t check; /* of the size */
};

/* Written whole before it is seen; whoever takes it out has it. */
static _Atomic(struct head *) slots[THREADS][SLOTS];
static atomic_int stop;

static struct head *
make(uint64_t *seed)
{
	uint32_t x = next_random(seed);
	uint32_t size = x % 512 == 0 ? 100000 + x % 1000000 : 16 + x % 3000;
	struct head *h = malloc(size);

	CHECK(h != NULL);
	h->size = size;
	h->check = size * 2654435761u;
	memset(h + 1, (int)(size & 0xff), size - sizeof *h);
	return h;
}

static void
drop(struct head *h)
{
	unsigned char *b = (unsigned char *)h;

	if (h == NULL)
		return;
	CHECK(h->check == h->size * 2654435761u);
	for (uint32_t i = sizeof *h; i < h->size; i += h->size / 32 + 1)
		CHECK(b[i] == (h->size & 0xff));
	free(h);
}

static void *
churn(void *arg)
{
	intptr_t me = (intptr_t)arg;
	uint64_t seed = (uint64_t)me + 1;

	while (!stop) {
		uint32_t x = next_random(&seed);

		/* Half of the blocks are freed by another thread than the one that made them. */
		drop(atomic_exchange(
		    &slots[x % 2 ? me : x / 2 % THREADS][x / 8 % SLOTS], make(&seed)));
	}
	return NULL;
}

static int
be_child(int n)
{
	uint64_t seed = (uint64_t)n + 1000;
	static struct head *own[200];

	for (int t = 0; t < THREADS; t++)
		for (int i = n % 3; i < SLOTS; i += 1 + n % 2)
			drop(atomic_exchange(&slots[t][i], NULL));
	for (int i = 0; i < 200; i++)
		own[i] = make(&seed);
	for (int i = 0; i < 200; i++)
		drop(own[i]);
	return 0;
}

int
main(void)
{
	pthread_t t[THREADS];

	for (intptr_t i = 0; i < THREADS; i++)
		CHECK(pthread_create(&t[i], NULL, churn, (void *)i) == 0);
	for (int i = 0; i < FORKS; i++) {
		int status = -1;
		pid_t pid = fork();

		if (pid == 0)
			exit(be_child(i));
		CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
		if (status != 0)
			check_failed(__FILE__, __LINE__, "a child ends well", status);
	}
	stop = 1;
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < THREADS; i++)
		for (int k = 0; k < SLOTS; k++)
			drop(slots[i][k]);
	return passed();
}
