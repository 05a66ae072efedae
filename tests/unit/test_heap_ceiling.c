/* SPDX-License-Identifier: MIT */
/* The engine park at its ceiling: what it uses before it refuses. */
#include "shim/heap/heap.h"

#include "shim/heap/charge.h"
#include "tests/unit/churn.h"
#include "tests/unit/heap_support.h"

#include <pthread.h>
#include <string.h>

TestSuite(park_ceiling, .init = heap_use_park);

Test(park_ceiling, meets_its_ceiling)
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

Test(park_ceiling, is_full_of_blocks_of_16_bytes)
{
	check_full_of(16);
}

Test(park_ceiling, is_full_of_blocks_of_a_kilobyte)
{
	check_full_of(1000);
}

Test(park_ceiling, is_full_of_blocks_of_20_kilobytes)
{
	check_full_of(20000);
}

Test(park_ceiling, is_full_of_runs)
{
	check_full_of(98304);
}

Test(park_ceiling, uses_every_free_page_before_it_refuses)
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

static void *
cache_and_sleep(void *arg)
{
	static void *p[4000];

	for (unsigned i = 0; i < ROWS(p); i++)
		p[i] = mg_heap_malloc(1000);
	for (unsigned i = 0; i < ROWS(p); i++)
		mg_heap_free(p[i]);
	heap_meet();
	heap_meet();
	return arg;
}

Test(park_ceiling, takes_from_sleeping_threads_before_it_refuses)
{
	pthread_t thread;

	heap_set_ceiling(6 * MB);
	thread = heap_start(cache_and_sleep);
	cr_expect(ne(ptr, mg_heap_malloc(5 * MB + 500000), NULL));
	heap_meet();
	pthread_join(thread, NULL);
}

/* What a block grows by must fit, not all of it anew. */
Test(park_ceiling, grows_in_place_at_the_ceiling)
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
Test(park_ceiling, makes_room_for_all_of_a_large_request)
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

Test(park_ceiling, keeps_its_ceiling_while_it_churns)
{
	heap_set_ceiling(24 * MB);
	for (int i = 0; i < 20; i++) {
		churn(5000);
		cr_assert(le(u64, mg_charge_peak(), 24 * MB));
		cr_assert(le(u64, heap_resident_bytes(), 24 * MB));
	}
	heap_expect_balance();
	churn_free_all();
	heap_collect();
	cr_expect(eq(u64, mg_heap_charged(), heap_counts().own_bytes));
}

Test(park_ceiling, grows_a_vector_without_old_and_new_at_once)
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
