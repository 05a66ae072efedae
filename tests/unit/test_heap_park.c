/* SPDX-License-Identifier: MIT */
/* The engine park as a whole: its sums, its ceiling, what the kernel says of it. */
#include "shim/heap/heap.h"

#include "shim/heap/charge.h"
#include "shim/heap/class.h"
#include "shim/heap/run.h"
#include "shim/heap/thread.h"
#include "tests/unit/heap_support.h"

#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(park_heap, .init = heap_use_park);

#define HELD 3000

static struct {
	unsigned char *p;
	size_t n;
} held[HELD];

static uint64_t seed = 11;

static uint64_t
roll(void)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return seed >> 33;
}

static size_t
any_size(void)
{
	uint64_t x = roll();

	return x % 400 == 0 ? roll() % (4 * MB) : x % 20 == 0 ? roll() % 300000 : x % 3000;
}

/* Allocates, resizes or frees; every block keeps its pattern. */
static void
churn(unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		uint64_t x = roll();
		unsigned k = (unsigned)(x % HELD);
		size_t n = any_size();

		if (held[k].p == NULL) {
			held[k].p = x % 3 == 0 ? mg_heap_zalloc(n) : mg_heap_malloc(n);
			held[k].n = held[k].p != NULL ? n : 0;
			if (held[k].p != NULL && x % 3 == 0)
				cr_assert(heap_is_filled(held[k].p, 0, n), "%zu", n);
		} else if (x % 4 == 0) {
			size_t kept = n < held[k].n ? n : held[k].n;
			void *p = mg_heap_realloc(held[k].p, n + 1);

			cr_assert(p == NULL || heap_is_filled(p, (int)(k % 255 + 1), kept));
			held[k].p = p != NULL ? p : held[k].p;
			held[k].n = p != NULL ? n + 1 : held[k].n;
		} else {
			cr_assert(heap_is_filled(held[k].p, (int)(k % 255 + 1), held[k].n));
			mg_heap_free(held[k].p);
			held[k].p = NULL;
		}
		if (held[k].p != NULL)
			memset(held[k].p, (int)(k % 255 + 1), held[k].n);
	}
}

static uint64_t
usable_sum(uint64_t *blocks)
{
	uint64_t bytes = 0;

	*blocks = 0;
	for (unsigned k = 0; k < HELD; k++)
		if (held[k].p != NULL) {
			bytes += mg_heap_usable(held[k].p);
			++*blocks;
		}
	return bytes;
}

static void
free_all(void)
{
	for (unsigned k = 0; k < HELD; k++) {
		mg_heap_free(held[k].p);
		held[k].p = NULL;
	}
}

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
		uint64_t blocks, bytes, large;

		churn(20000);
		s = heap_counts();
		bytes = usable_sum(&blocks);
		cr_assert(eq(u64, s.live_bytes, bytes));
		cr_assert(eq(u64, s.live_blocks, blocks));
		heap_expect_balance();
		large = 0;
		for (unsigned k = 0; k < HELD; k++)
			if (held[k].p != NULL && mg_slice_of(held[k].p) >= mg_region_slices())
				large += mg_heap_usable(held[k].p);
		cr_assert(eq(u64, carved_bytes(),
		    bytes - large - heap_run_bytes() + mg_thread_cached_bytes() +
			free_bytes_in_store()));
		if (round % 3 == 2)
			heap_collect();
	}
	free_all();
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

Test(park_heap, meets_its_ceiling)
{
	struct mg_snapshot s;

	heap_set_ceiling(16 * MB);
	heap_fill(3000000);
	heap_fill(100000);
	heap_fill(1000);
	heap_fill(16);
	s = heap_counts();
	cr_expect(eq(u64, s.heap_limit_bytes, 16 * MB));
	cr_expect(le(u64, s.heap_peak_bytes, 16 * MB));
	cr_expect(ge(u64, s.heap_peak_bytes, 16 * MB - PAGE));
	cr_expect(ge(u64, s.live_bytes + s.own_bytes, 16 * MB / 100 * 99));
	cr_expect(zero(u64, s.cached_bytes));
	heap_expect_balance();
}

static void
check_full_of(size_t size)
{
	struct mg_snapshot s;

	heap_set_ceiling(32 * MB);
	heap_fill(size);
	s = heap_counts();
	cr_expect(ge(u64, s.live_bytes + s.own_bytes, 32 * MB / 100 * 98),
	    "%zu: %lu live %lu cached %lu parked %lu own", size, s.live_bytes, s.cached_bytes,
	    s.parked_bytes, s.own_bytes);
	cr_expect(le(u64, s.heap_peak_bytes, 32 * MB));
}

Test(park_heap, is_full_of_blocks_of_16_bytes)
{
	check_full_of(16);
}

Test(park_heap, is_full_of_blocks_of_a_kilobyte)
{
	check_full_of(1000);
}

Test(park_heap, is_full_of_blocks_of_20_kilobytes)
{
	check_full_of(20000);
}

Test(park_heap, is_full_of_runs)
{
	check_full_of(98304);
}

Test(park_heap, uses_every_free_page_before_it_refuses)
{
	static void *p[40000];
	uint64_t n = 0, live;

	heap_set_ceiling(16 * MB);
	while (n < ROWS(p) && (p[n] = mg_heap_malloc(1000)) != NULL)
		memset(p[n++], 1, 1000);
	cr_expect(gt(u64, n, 15000));
	for (uint64_t i = 0; i < n; i++)
		if (i % 64 < 56)
			mg_heap_free(p[i]);
	live = heap_counts().live_bytes;
	n = heap_fill(2 * MB);
	cr_expect(ge(u64, n, 5), "mappings");
	n += heap_fill(300000);
	n += heap_fill(30);
	cr_expect(gt(u64, heap_counts().live_bytes, live + 11 * MB));
	cr_expect(le(u64, heap_counts().heap_peak_bytes, 16 * MB));
	heap_expect_balance();
}

static pthread_barrier_t barrier;

static void *
cache_and_sleep(void *arg)
{
	static void *p[4000];

	for (unsigned i = 0; i < ROWS(p); i++)
		p[i] = mg_heap_malloc(1000);
	for (unsigned i = 0; i < ROWS(p); i++)
		mg_heap_free(p[i]);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return arg;
}

Test(park_heap, takes_from_sleeping_threads_before_it_refuses)
{
	pthread_t thread;

	heap_set_ceiling(6 * MB);
	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&thread, NULL, cache_and_sleep, NULL);
	pthread_barrier_wait(&barrier);
	cr_expect(ne(ptr, mg_heap_malloc(5 * MB + 500000), NULL));
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
}

/* What a block grows by must fit, not all of it anew. */
Test(park_heap, grows_in_place_at_the_ceiling)
{
	char *p, *q, *free_later;

	heap_set_ceiling(20 * MB);
	free_later = mg_heap_malloc(500000);
	p = mg_heap_malloc(300000);
	q = mg_heap_malloc(12 * MB);
	memset(p, 'p', 300000);
	memset(q, 'q', 12 * MB);
	memset(free_later, 'f', 500000);
	q = mg_heap_realloc(q, 17 * MB);
	cr_assert(q != NULL && heap_is_filled(q, 'q', 12 * MB));
	mg_heap_free(heap_make_foreign(1));
	mg_heap_free(free_later);
	q = mg_heap_realloc(q, 19 * MB + 400000);
	cr_assert(ne(ptr, q, NULL), "what is parked makes room");
	cr_expect(heap_is_filled(q, 'q', 12 * MB));
	cr_expect(heap_is_filled(p, 'p', 300000));
	cr_expect(eq(ptr, mg_heap_realloc(q, 20 * MB), NULL));
	cr_expect(heap_is_filled(q, 'q', 12 * MB));
	cr_expect(le(u64, heap_counts().heap_peak_bytes, 20 * MB));
	heap_expect_balance();
}

/* A request that is larger than all room, but not than what is parked. */
Test(park_heap, makes_room_for_all_of_a_large_request)
{
	static void *p[300];

	heap_set_ceiling(32 * MB);
	for (unsigned i = 0; i < ROWS(p); i++) {
		p[i] = mg_heap_malloc(60000);
		cr_assert(p[i] != NULL);
		memset(p[i], 1, 60000);
	}
	for (unsigned i = 0; i < ROWS(p); i++)
		mg_heap_free(p[i]);
	cr_expect(gt(u64, mg_heap_charged(), 17 * MB));
	cr_expect(ne(ptr, mg_heap_malloc(30 * MB), NULL));
	cr_expect(le(u64, heap_counts().heap_peak_bytes, 32 * MB));
}

Test(park_heap, keeps_its_ceiling_while_it_churns)
{
	heap_set_ceiling(24 * MB);
	for (int i = 0; i < 20; i++) {
		churn(5000);
		cr_assert(le(u64, mg_charge_peak(), 24 * MB));
		cr_assert(le(u64, heap_resident_bytes(), 24 * MB));
	}
	heap_expect_balance();
	free_all();
	heap_collect();
	cr_expect(eq(u64, mg_heap_charged(), heap_counts().own_bytes));
}

Test(park_heap, grows_a_vector_without_old_and_new_at_once)
{
	char *p = mg_heap_malloc(1);
	size_t n = 1;

	heap_set_ceiling(44 * MB);
	while (n < 36 * MB) {
		char *q = mg_heap_realloc(p, n + n / 8 + 16);

		cr_assert(q != NULL, "at %zu", n);
		p = q;
		n = n + n / 8 + 16;
		memset(p, 7, n);
	}
	cr_expect(le(u64, heap_counts().heap_peak_bytes, 44 * MB));
	cr_expect(eq(u64, heap_counts().live_blocks, 1));
}

static void *
free_others(void *arg)
{
	(void)arg;
	free_all();
	return NULL;
}

Test(park_heap, frees_the_blocks_of_other_threads)
{
	uint64_t blocks;

	churn(20000);
	usable_sum(&blocks);
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
	free_all();
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
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return arg;
}

Test(park_heap, empties_the_magazines_of_lost_threads_in_a_fork_child)
{
	pthread_t thread;
	int status = -1;
	pid_t pid;

	churn(10000);
	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&thread, NULL, cache_for_ever, NULL);
	pthread_barrier_wait(&barrier);
	mg_heap_before_fork();
	pid = fork();
	if (pid == 0)
		_exit(is_copy_whole() ? 0 : 1);
	mg_heap_after_fork_parent();
	cr_assert(eq(int, waitpid(pid, &status, 0), pid));
	cr_expect(zero(int, status));
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
	free_all();
	heap_collect();
	cr_expect(eq(u64, mg_heap_charged(), heap_counts().own_bytes));
}
