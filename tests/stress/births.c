// SPDX-License-Identifier: MIT
/* Threads are born and die all the time, leaving blocks to others and freeing in key destructors;
 * counts stay exact. */
#include "tests/stress/hooks.h"

#define SLOTS 64

static _Atomic(void *) slots[SLOTS];
static _Atomic uint64_t allocs, frees;
static pthread_key_t key;

static void
put(uint64_t x)
{
	void *p = hook_malloc(1 + (x % 50 == 0 ? x % 100000 : x % 3000));

	CHECK(p != NULL);
	atomic_fetch_add(&allocs, 1);
	p = atomic_exchange(&slots[x % SLOTS], p);
	if (p != NULL) {
		hook_free(p);
		atomic_fetch_add(&frees, 1);
	}
}

static void
at_death(void *arg)
{
	hook_free(arg);
	atomic_fetch_add(&frees, 1);
	put((uintptr_t)arg >> 4);
}

static void *
live_shortly(void *arg)
{
	uint64_t seed = (uintptr_t)arg;
	void *last = hook_malloc(100);

	CHECK(last != NULL && pthread_setspecific(key, last) == 0);
	atomic_fetch_add(&allocs, 1);
	for (int i = 0; i < 20; i++)
		put(stress_random(&seed));
	return NULL;
}

static void *
work(void *arg)
{
	uint64_t *seed = arg;

	while (!atomic_load_explicit(&stress_over, memory_order_relaxed)) {
		pthread_t t;

		CHECK(pthread_create(
			  &t, NULL, live_shortly, (void *)(uintptr_t)stress_random(seed)) == 0);
		CHECK(pthread_join(t, NULL) == 0);
	}
	return NULL;
}

static void
watch(void)
{
	struct mg_snapshot s = { 0 };

	mg_heap_read(&s);
	CHECK(s.threads <= 2 * THREADS + 1);
}

int
main(int argc, char **argv)
{
	struct mg_snapshot before = { 0 }, after = { 0 };

	mg_heap_init();
	mg_heap_use_mimalloc(hook_wants_mimalloc(argc, argv));
	CHECK(pthread_key_create(&key, at_death) == 0);
	mg_heap_free(mg_heap_malloc(1));
	mg_heap_read(&before);
	stress_run(argc, argv, work, watch);
	for (int i = 0; i < SLOTS; i++)
		if (slots[i] != NULL) {
			mg_heap_free(slots[i]);
			frees++;
		}
	mg_heap_read(&after);
	CHECK(allocs == frees && allocs > 100);
	CHECK(after.allocs - before.allocs == allocs && after.frees - before.frees == frees);
	CHECK(after.live_bytes == before.live_bytes && after.threads == before.threads);
	return 0;
}
