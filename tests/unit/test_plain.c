/* SPDX-License-Identifier: MIT */
/* The engine mimalloc: credit, and a ceiling that is met to the byte. */
#include "shim/heap/plain.h"

#include "shim/heap/charge.h"
#include "tests/unit/heap_support.h"

#include <errno.h>
#include <pthread.h>

TestSuite(plain, .init = heap_use_mimalloc);

/* The records of threads. */
static uint64_t
own_bytes(void)
{
	return heap_counts().own_bytes;
}

Test(plain, reaches_its_ceiling_to_the_byte)
{
	heap_set_ceiling(4 * MB);
	cr_expect(ge(sz, heap_fill(100000), 30));
	heap_fill(1000);
	heap_fill(16);
	cr_expect(eq(u64, heap_counts().live_bytes, 4 * MB - own_bytes()));
	cr_expect(eq(u64, mg_heap_charged(), 4 * MB));
	cr_expect(eq(u64, heap_counts().heap_peak_bytes, 4 * MB));
	cr_expect(eq(u64, heap_counts().heap_limit_bytes, 4 * MB));
	cr_expect(eq(u64, mg_heap_short_of(), 16));
	cr_expect(not(mg_heap_has_room(1)));
	cr_expect(eq(int, errno, ENOMEM));
}

/* 8 bytes are free: the request fits, the block that would serve it does not. */
Test(plain, is_short_of_whole_blocks)
{
	heap_set_ceiling(4 * MB + 8);
	heap_fill(100000);
	heap_fill(1000);
	heap_fill(16);
	cr_expect(eq(ptr, mg_heap_malloc(1), NULL));
	cr_expect(eq(u64, mg_heap_short_of(), 16));
	cr_expect(eq(u64, heap_counts().live_bytes, 4 * MB - own_bytes()));
	cr_expect(eq(u64, mg_heap_charged(), 4 * MB), "what it was given at first is given back");
}

Test(plain, opens_the_reserve_for_small_requests_after_a_refusal)
{
	uint64_t hits;

	mg_heap_configure(8 * MB, MB);
	heap_fill(100000);
	heap_fill(16);
	cr_expect(eq(u64, heap_counts().live_bytes, 7 * MB - own_bytes()));
	hits = heap_counts().limit_hits;
	cr_expect(eq(u64, hits, 2), "one for each that ended a fill");
	mg_heap_count_refusal();
	cr_expect(eq(u64, heap_counts().limit_hits, hits));
	cr_expect(eq(u64, heap_counts().refused_allocs, 1));
	cr_expect(mg_heap_malloc(4096) != NULL);
	cr_expect(eq(ptr, mg_heap_malloc(4097), NULL));
	cr_expect(mg_heap_has_room(4096) && !mg_heap_has_room(4097));
	heap_fill(16);
	cr_expect(eq(u64, heap_counts().live_bytes, 8 * MB - own_bytes()));
}

Test(plain, recalls_credit)
{
	mg_heap_free(mg_heap_malloc(1));
	cr_expect(gt(u64, mg_thread_credit(), 0));
	cr_expect(mg_heap_make_room(1));
	cr_expect(zero(u64, mg_thread_credit()));
	cr_expect(eq(u64, mg_heap_charged(), own_bytes()));
	mg_heap_make_room(1);
	cr_expect(eq(u64, mg_heap_charged(), own_bytes()));
}

Test(plain, gives_back_the_credit_of_dead_threads)
{
	void *kept = NULL;

	for (int i = 0; i < 100; i++) {
		heap_in_thread(heap_keep_one_of_ten, &kept);
		mg_heap_free(kept);
	}
	mg_heap_make_room(1);
	cr_expect(eq(u64, mg_heap_charged(), own_bytes()));
	cr_expect(eq(u64, heap_counts().allocs, 1000));
	cr_expect(eq(u64, heap_counts().frees, 1000));
}

/* True when nothing is left to do. */
static bool
collect_until_it_waits(struct mg_heap_collection *c)
{
	mg_heap_collect_begin(c);
	while (mg_heap_collect_step(c))
		if (mg_heap_collect_waits(c))
			return !mg_heap_collect_step(c);
	return true;
}

Test(plain, collects_in_other_threads_at_their_next_free)
{
	struct mg_heap_collection c;
	pthread_t thread;

	mg_heap_free(mg_heap_malloc(1));
	cr_expect(collect_until_it_waits(&c));
	thread = heap_start(heap_hold_one);
	cr_expect(eq(u64, heap_counts().threads, 2));
	cr_expect(not(collect_until_it_waits(&c)));
	cr_expect(eq(u64, mg_thread_count_behind(c.number), 1));
	heap_meet();
	heap_meet();
	cr_expect(not(mg_heap_collect_step(&c)));
	cr_expect(zero(u64, mg_thread_count_behind(c.number)));
	heap_meet();
	pthread_join(thread, NULL);
}
