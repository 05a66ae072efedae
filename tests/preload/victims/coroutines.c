/* SPDX-License-Identifier: MIT */
/* Sixteen coroutines (makecontext) with stacks of 16 KB, which all use the heap, in two threads. */
#include "check.h"

#include <pthread.h>
#include <ucontext.h>

#define COROUTINES 16
#define STACK_BYTES (16u << 10)
#define TURNS 400
#define HELD 8

struct coroutine {
	ucontext_t self;
	char *stack;
	unsigned turns;
};

static _Thread_local struct coroutine all[COROUTINES];
static _Thread_local ucontext_t scheduler;

static void
use_heap(void **held, uint64_t *seed)
{
	size_t k = next_random(seed) % HELD, size = 1 + next_random(seed) % 40000;

	free(held[k]);
	held[k] = malloc(size);
	CHECK(held[k] != NULL);
	memset(held[k], (int)size, size < 100 ? size : 100);
}

static void
run(int k)
{
	struct coroutine *c = &all[k];
	void *held[HELD] = { NULL };
	uint64_t seed = (uint64_t)k + 1;

	while (c->turns < TURNS) {
		for (int i = 0; i < 50; i++)
			use_heap(held, &seed);
		c->turns++;
		swapcontext(&c->self, &scheduler);
	}
	for (int i = 0; i < HELD; i++)
		free(held[i]);
}

static void
prepare(struct coroutine *c, int k)
{
	c->stack = malloc(STACK_BYTES);
	CHECK(c->stack != NULL && getcontext(&c->self) == 0);
	c->self.uc_stack.ss_sp = c->stack;
	c->self.uc_stack.ss_size = STACK_BYTES;
	c->self.uc_link = &scheduler;
	makecontext(&c->self, (void (*)(void))run, 1, k);
}

static void *
schedule(void *unused)
{
	for (int k = 0; k < COROUTINES; k++)
		prepare(&all[k], k);
	for (unsigned turn = 0; turn <= TURNS; turn++)
		for (int k = 0; k < COROUTINES; k++)
			CHECK(swapcontext(&scheduler, &all[k].self) == 0);
	for (int k = 0; k < COROUTINES; k++) {
		CHECK(all[k].turns == TURNS);
		free(all[k].stack);
	}
	return unused;
}

int
main(void)
{
	pthread_t t;

	CHECK(pthread_create(&t, NULL, schedule, NULL) == 0);
	schedule(NULL);
	CHECK(pthread_join(t, NULL) == 0);
	return passed();
}
