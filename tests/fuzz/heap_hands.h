/* SPDX-License-Identifier: MIT */
/*
 * The threads of the fuzzed heap. Hand 0 is the main thread; the others are born when there is work
 * for them, and do one thing at a time while main waits, so that an input always does the same,
 * unless it asks for a race.
 */
#ifndef FUZZ_HEAP_HANDS_H
#define FUZZ_HEAP_HANDS_H

#include "tests/fuzz/check.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>

#define HANDS 4u

typedef void hand_fn(const void *arg);

static struct hand {
	pthread_t thread;
	sem_t go, done;
	hand_fn *fn; /* NULL: end */
	const void *arg;
	bool is_there;
} hands[HANDS];

static pthread_key_t hand_key;
static hand_fn *hand_last_will;

/* Of a key that is younger than memgov's: the thread is past its end there. */
static inline void
hand_die(void *arg)
{
	if (hand_last_will != NULL)
		hand_last_will(arg);
}

static inline void *
hand_live(void *arg)
{
	struct hand *h = arg;

	for (;;) {
		sem_wait(&h->go);
		if (h->fn == NULL)
			break;
		h->fn(h->arg);
		sem_post(&h->done);
	}
	pthread_setspecific(hand_key, h->arg);
	return NULL;
}

static inline void
hand_begin(unsigned i, hand_fn *fn, const void *arg)
{
	struct hand *h = &hands[i];

	if (!h->is_there) {
		sem_init(&h->go, 0, 0);
		sem_init(&h->done, 0, 0);
		FUZZ_CHECK(pthread_create(&h->thread, NULL, hand_live, h) == 0);
		h->is_there = true;
	}
	h->fn = fn;
	h->arg = arg;
	sem_post(&h->go);
}

static inline void
hand_finish(unsigned i)
{
	while (sem_wait(&hands[i].done) != 0)
		;
}

static inline void
hand_do(unsigned i, hand_fn *fn, const void *arg)
{
	if (i == 0) {
		fn(arg);
		return;
	}
	hand_begin(i, fn, arg);
	hand_finish(i);
}

/* `will` is what the last will is called with; NULL: none. */
static inline void
hand_end(unsigned i, const void *will)
{
	struct hand *h = &hands[i];

	if (i == 0 || !h->is_there)
		return;
	h->fn = NULL;
	h->arg = will;
	sem_post(&h->go);
	FUZZ_CHECK(pthread_join(h->thread, NULL) == 0);
	sem_destroy(&h->go);
	sem_destroy(&h->done);
	h->is_there = false;
}

/* In a fork child. */
static inline void
hand_forget_all(void)
{
	for (unsigned i = 1; i < HANDS; i++)
		hands[i].is_there = false;
}

#endif
