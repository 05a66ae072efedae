/* SPDX-License-Identifier: MIT */
#include "shim/heap/sweep.h"

#include "shim/heap/charge.h"
#include "tests/unit/heap_support.h"

#include <pthread.h>
#include <string.h>

TestSuite(sweep, .init = heap_use_park);

#define MANY 20000

static void *held[MANY];

static void
hold(size_t (*size)(unsigned))
{
	for (unsigned i = 0; i < MANY; i++) {
		held[i] = mg_heap_malloc(size(i));
		memset(held[i], 1, size(i));
	}
}

static void
drop(unsigned keep_each)
{
	for (unsigned i = 0; i < MANY; i++)
		if (keep_each == 0 || i % keep_each != 0)
			mg_heap_free(held[i]);
}

static size_t
mixed(unsigned i)
{
	return i % 500 == 0 ? 40000 + i * 10 : i % 5000 == 1 ? 3000000 : 1 + i * 7 % 3000;
}

static size_t
small(unsigned i)
{
	return 16 + i % 500;
}

static void
expect_only_own(void)
{
	struct mg_snapshot s = heap_counts();

	cr_expect(zero(u64, s.live_bytes));
	cr_expect(zero(u64, s.cached_bytes));
	cr_expect(zero(u64, s.parked_bytes));
	cr_expect(eq(u64, s.heap_footprint_bytes, s.own_bytes));
	cr_expect(zero(u64, heap_resident_bytes()));
	cr_expect(le(u64, s.own_bytes, MB));
}

Test(sweep, gives_everything_back_when_everything_is_free)
{
	mg_heap_keep_large(GB, UINT64_MAX);
	hold(mixed);
	cr_expect(gt(u64, mg_heap_charged(), 40 * MB));
	drop(0);
	cr_expect(gt(u64, mg_heap_charged(), 20 * MB));
	heap_collect();
	expect_only_own();
}

Test(sweep, counts_what_it_punched)
{
	struct mg_sweep w;
	uint64_t before;

	hold(small);
	drop(0);
	before = mg_slice_resident_bytes();
	mg_sweep_begin(&w);
	while (mg_sweep_step(&w))
		;
	cr_expect(eq(u64, w.punched_bytes, before));
	cr_expect(ge(u64, w.scanned_bytes, before));
	mg_sweep_begin(&w);
	while (mg_sweep_step(&w))
		;
	cr_expect(zero(u64, w.punched_bytes));
}

static void *
live_and_sleep(void *arg)
{
	pthread_barrier_t *barrier = arg;

	hold(mixed);
	drop(0);
	pthread_barrier_wait(barrier);
	pthread_barrier_wait(barrier);
	return arg;
}

Test(sweep, reaches_the_magazines_of_sleeping_threads)
{
	pthread_barrier_t barrier;
	pthread_t thread;

	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&thread, NULL, live_and_sleep, &barrier);
	pthread_barrier_wait(&barrier);
	cr_expect(gt(u64, mg_thread_cached_bytes(), 0));
	heap_collect();
	expect_only_own();
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
}

Test(sweep, leaves_live_blocks_as_they_are)
{
	struct mg_snapshot s;

	hold(mixed);
	drop(10);
	heap_collect();
	for (unsigned i = 0; i < MANY; i += 10)
		cr_assert(heap_is_filled(held[i], 1, mixed(i)), "block %u", i);
	s = heap_counts();
	cr_expect(zero(u64, s.cached_bytes));
	cr_expect(eq(u64, s.live_blocks, MANY / 10));
	cr_expect(eq(u64, heap_resident_bytes(), mg_slice_resident_bytes()));
	heap_expect_balance();
	for (unsigned i = 0; i < MANY; i += 10)
		mg_heap_free(held[i]);
	heap_collect();
	expect_only_own();
}

Test(sweep, makes_room_for_a_request)
{
	hold(small);
	drop(0);
	heap_set_ceiling(mg_charge_now());
	cr_expect(not(mg_heap_has_room(4 * MB)));
	cr_expect(mg_sweep_make_room(4 * MB));
	cr_expect(mg_heap_has_room(4 * MB));
	cr_expect(gt(u64, mg_slice_resident_bytes(), 0), "and not all at once");
}

/* In vain once, it is not tried again before something is released. */
Test(sweep, does_not_look_twice_for_what_is_not_there)
{
	void *p = mg_heap_malloc(10000);

	heap_set_ceiling(mg_charge_now() + 4 * MB);
	mg_sweep_make_room(8 * MB);
	cr_expect(not(mg_sweep_make_room(8 * MB)));
	cr_expect(not(mg_sweep_make_room_cheaply(8 * MB)));
	mg_heap_free(p);
	cr_expect(mg_sweep_make_room(8 * MB), "worth another try");
	cr_expect(not(mg_sweep_make_room(8 * MB)));
	cr_expect(mg_sweep_make_room(2 * MB), "it fits");
}

/* A sweep in vain is not followed at once by another, unless that is likely to pay. */
Test(sweep, looks_again_at_once_when_much_was_released)
{
	void *p = mg_heap_malloc(3 * MB / 2);

	hold(small);
	heap_set_ceiling(mg_charge_now());
	mg_sweep_make_room(GB);
	mg_heap_free(p);
	cr_expect(mg_sweep_make_room_cheaply(MB));
	cr_expect(mg_heap_has_room(MB));
}
