/* SPDX-License-Identifier: MIT */
/* The engine park as a whole: its sums, its ceiling, what the kernel says of it. */
#include "shim/heap/heap.h"

#include "shim/heap/class.h"
#include "shim/heap/thread.h"
#include "tests/unit/churn.h"
#include "tests/unit/heap_support.h"

#include <pthread.h>

TestSuite(park_heap, .init = heap_use_park);

/* Each part counted apart, none by subtraction: bits of slices, magazines, runs. */
static uint64_t
free_bytes_in_store(void)
{
	uint64_t bytes = 0;

	for (uint32_t i = 1; i <= mg_slice_highest(); i++)
		if (mg_region.class[i] != 0)
			bytes += (uint64_t)mg_slice_record(i)->free *
				 mg_classes[mg_region.class[i]].bytes;
	return bytes;
}

static uint64_t
carved_bytes(void)
{
	uint64_t bytes = 0;

	for (uint32_t i = 1; i <= mg_slice_highest(); i++) {
		const struct mg_class *c = &mg_classes[mg_region.class[i]];

		bytes += (uint64_t)c->blocks * c->bytes;
	}
	return bytes;
}

Test(park_heap, knows_where_every_byte_is)
{
	for (int round = 0; round < 10; round++) {
		struct mg_snapshot s;
		uint64_t blocks, bytes;

		churn(20000);
		s = heap_counts();
		bytes = churn_usable(&blocks);
		cr_assert(eq(u64, s.live_bytes, bytes));
		cr_assert(eq(u64, s.live_blocks, blocks));
		heap_expect_balance();
		cr_assert(eq(u64, carved_bytes(),
		    bytes - churn_large() - heap_run_bytes() + mg_thread_cached_bytes() +
			free_bytes_in_store()));
		if (round % 3 == 2)
			heap_collect();
	}
	churn_free_all();
	heap_collect();
	cr_expect(eq(u64, mg_heap_charged(), heap_counts().own_bytes));
	cr_expect(zero(u64, heap_resident_bytes()));
}

Test(park_heap, has_a_footprint_that_the_kernel_confirms)
{
	for (int round = 0; round < 4; round++) {
		uint64_t charged, seen;

		churn(30000);
		charged = mg_slice_resident_bytes();
		seen = heap_resident_bytes();
		cr_expect(le(u64, seen, charged), "not charged");
		cr_expect(ge(u64, seen * 100, charged * 97), "charged and not touched, before");
		heap_collect();
		charged = mg_slice_resident_bytes();
		seen = heap_resident_bytes();
		cr_expect(le(u64, seen, charged), "not charged");
		cr_expect(ge(u64, seen * 100, charged * 99), "charged and not touched");
	}
}

Test(park_heap, aligns_by_classes_and_not_by_padding)
{
	uint64_t before = mg_heap_charged();

	for (int i = 0; i < 100000; i++) {
		char *p = mg_heap_aligned(64, 64);

		cr_assert(p != NULL && (uintptr_t)p % 64 == 0);
		*p = 1;
	}
	cr_expect(le(u64, mg_heap_charged() - before, 10 * MB));
	cr_expect(eq(u64, heap_counts().live_bytes, 6400000));
}

static void *
free_others(void *arg)
{
	(void)arg;
	churn_free_all();
	return NULL;
}

Test(park_heap, frees_the_blocks_of_other_threads)
{
	uint64_t blocks;

	churn(20000);
	churn_usable(&blocks);
	cr_expect(gt(u64, blocks, 500));
	heap_in_thread(free_others, NULL);
	cr_expect(zero(u64, heap_counts().live_blocks));
	cr_expect(zero(u64, heap_counts().live_bytes));
	heap_expect_balance();
}

/* A thousand threads, one after the other, leave no more than one. */
static void *
live_shortly(void *arg)
{
	for (int i = 0; i < 50; i++)
		mg_heap_free(mg_heap_malloc(16 << i % 11));
	return arg;
}

Test(park_heap, forgets_nothing_when_threads_end)
{
	uint64_t charged;

	for (int i = 0; i < 10; i++)
		heap_in_thread(live_shortly, NULL);
	charged = mg_heap_charged();
	for (int i = 0; i < 500; i++)
		heap_in_thread(live_shortly, NULL);
	cr_expect(le(u64, mg_heap_charged(), charged + MG_SLICE_BYTES));
	cr_expect(zero(u64, mg_thread_cached_bytes()));
	cr_expect(eq(u64, heap_counts().allocs, 510 * 50));
	cr_expect(zero(u64, heap_counts().live_blocks));
}

Test(park_heap, tells_apart_what_is_no_block)
{
	char *run = mg_heap_malloc(100000), *small = mg_heap_malloc(100);
	uint64_t frees = heap_counts().frees;

	mg_heap_free(run + 4096);
	mg_heap_free(run + MG_SLICE_BYTES);
	cr_expect(eq(u64, heap_counts().double_frees, 2));
	cr_expect(eq(u64, heap_counts().frees, frees));
	mg_heap_free(run);
	mg_heap_free(run);
	cr_expect(eq(u64, heap_counts().double_frees, 3));
	cr_expect(eq(u64, heap_counts().frees, frees + 1));
	mg_heap_free(small);
	cr_expect(zero(u64, heap_counts().live_blocks));
	heap_expect_balance();
}

/* What is under way when a process forks must not be lost in its copy. */
static bool
is_copy_whole(void)
{
	bool are_records_free = true;

	mg_heap_after_fork_child();
	churn_free_all();
	heap_collect();
	for (struct mg_thread *t = mg_thread_first(); t != NULL; t = t->next)
		are_records_free =
		    are_records_free && (t == mg_thread_self.record || t->state == MG_THREAD_FREE);
	return are_records_free && heap_counts().live_blocks == 0 &&
	       mg_heap_charged() == heap_counts().own_bytes && heap_resident_bytes() == 0;
}

static void *
cache_for_ever(void *arg)
{
	static void *p[1000];

	for (unsigned i = 0; i < ROWS(p); i++)
		p[i] = mg_heap_malloc(10 + i);
	for (unsigned i = 0; i < ROWS(p); i++)
		mg_heap_free(p[i]);
	heap_meet();
	heap_meet();
	return arg;
}

Test(park_heap, empties_the_magazines_of_lost_threads_in_a_fork_child)
{
	pthread_t thread;

	churn(10000);
	thread = heap_start(cache_for_ever);
	heap_expect_of_child(is_copy_whole);
	heap_meet();
	pthread_join(thread, NULL);
	churn_free_all();
	heap_collect();
	cr_expect(eq(u64, mg_heap_charged(), heap_counts().own_bytes));
}
