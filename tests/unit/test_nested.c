/* SPDX-License-Identifier: MIT */
#include "shim/heap/nested.h"

#include "shim/heap/charge.h"
#include "shim/heap/thread.h"
#include "tests/unit/heap_support.h"

#include <errno.h>
#include <string.h>

TestSuite(nested, .init = heap_use_park);

static size_t usable;

static void *
alloc(size_t n, size_t align)
{
	return mg_nested_alloc(n, align, &usable);
}

Test(nested, has_nothing_before_it_is_ready)
{
	cr_expect(eq(ptr, alloc(16, 0), NULL));
	mg_nested_make_ready();
	cr_expect(ne(ptr, alloc(16, 0), NULL));
}

Test(nested, costs_no_pages_until_it_is_used)
{
	mg_nested_make_ready();
	cr_expect(zero(u64, mg_slice_resident_bytes()));
	alloc(16, 0);
	cr_expect(eq(u64, mg_slice_resident_bytes(), MG_SLICE_BYTES));
	cr_expect(eq(u64, mg_charge_now(), mg_slice_resident_bytes() + mg_slice_own_bytes()));
}

Test(nested, hands_out_blocks_that_do_not_overlap)
{
	static char *p[300];
	static size_t size[ROWS(p)];

	mg_nested_make_ready();
	for (unsigned i = 0; i < ROWS(p); i++) {
		size_t align = (size_t)1 << i % 13;

		p[i] = alloc(i * 7 % 500, align);
		cr_assert(p[i] != NULL, "block %u", i);
		cr_expect(zero(u64, (uintptr_t)p[i] % align), "block %u", i);
		cr_expect(zero(u64, (uintptr_t)p[i] % 16), "block %u", i);
		cr_expect(usable >= i * 7 % 500 && usable >= 16);
		cr_expect(eq(sz, mg_nested_usable(p[i]), usable));
		memset(p[i], (int)(i % 255 + 1), usable);
		size[i] = usable;
		mg_nested_make_ready();
	}
	for (unsigned i = 0; i < ROWS(p); i++) {
		cr_assert(heap_is_filled(p[i], (int)(i % 255 + 1), size[i]), "block %u", i);
		cr_expect(eq(sz, mg_nested_free(p[i]), size[i]));
	}
}

Test(nested, refuses_what_is_too_much)
{
	mg_nested_make_ready();
	cr_expect(eq(ptr, alloc(MG_SLICE_BYTES / 2 + 1, 0), NULL));
	cr_expect(eq(ptr, alloc(SIZE_MAX, 0), NULL));
	cr_expect(eq(ptr, alloc(1, MG_SLICE_BYTES / 2), NULL));
	cr_expect(ne(ptr, alloc(MG_SLICE_BYTES / 2, 0), NULL));
	cr_expect(ne(ptr, alloc(1, MG_SLICE_BYTES / 4), NULL));
}

Test(nested, ends_when_nobody_makes_it_ready)
{
	unsigned n = 0;
	void *first = NULL;

	mg_nested_make_ready();
	for (void *p; (p = alloc(1000, 0)) != NULL; n++)
		first = first != NULL ? first : p;
	cr_expect(eq(u32, n, 4 * (65536 / (1008 + 16))));
	cr_expect(eq(ptr, alloc(1000, 0), NULL));
	mg_nested_make_ready();
	cr_expect(ne(ptr, alloc(1000, 0), NULL));
	mg_nested_free(first);
}

Test(nested, respects_the_ceiling)
{
	mg_nested_make_ready();
	heap_set_ceiling(mg_charge_now() + MG_SLICE_BYTES - 1);
	cr_expect(eq(ptr, alloc(16, 0), NULL));
	heap_set_ceiling(mg_charge_now() + MG_SLICE_BYTES);
	cr_expect(ne(ptr, alloc(16, 0), NULL));
	cr_expect(eq(u64, mg_charge_now(), mg_heap_limit()));
}

Test(nested, uses_its_slices_again)
{
	uint64_t own;
	void *held[10] = { 0 };

	mg_nested_make_ready();
	own = mg_slice_own_bytes();
	for (int i = 0; i < 100000; i++) {
		void **slot = &held[i % 10];

		if (*slot != NULL)
			mg_nested_free(*slot);
		*slot = alloc(900, 0);
		cr_assert(ne(ptr, *slot, NULL), "round %d", i);
		mg_nested_make_ready();
	}
	cr_expect(le(u64, mg_slice_resident_bytes(), 6 * MG_SLICE_BYTES));
	cr_expect(le(u64, mg_slice_own_bytes(), own + PAGE));
	cr_expect(eq(u64, mg_charge_now(), mg_slice_resident_bytes() + mg_slice_own_bytes()));
}

/* In a handler that runs again and again nobody makes it ready; freed at once, it does not need
 * that. */
Test(nested, goes_round_while_everything_is_freed)
{
	mg_nested_make_ready();
	for (int i = 0; i < 100000; i++) {
		void *p = alloc(900, 0);

		cr_assert(p != NULL, "round %d", i);
		mg_nested_free(p);
	}
}

Test(nested, keeps_what_was_put_off)
{
	uint64_t blocks[3][2];
	unsigned n = 0;

	cr_expect(eq(ptr, mg_nested_take_deferred(), NULL));
	for (int i = 0; i < 3; i++)
		mg_nested_defer(blocks[i]);
	for (void *p = mg_nested_take_deferred(); p != NULL; p = mg_nested_next(p))
		n += p == blocks[0] || p == blocks[1] || p == blocks[2];
	cr_expect(eq(u32, n, 3));
	cr_expect(eq(ptr, mg_nested_take_deferred(), NULL));
}

/* As a signal handler finds it that interrupted malloc: `busy` is set. */
Test(nested, serves_the_heap_in_a_handler)
{
	void *outside = mg_heap_malloc(64), *big = mg_heap_malloc(100000), *p, *q, *r;
	struct mg_thread *t = mg_thread_self.record;
	uint64_t cached = mg_thread_cached_bytes();

	t->busy = 1;
	p = mg_heap_malloc(100);
	q = mg_heap_zalloc(5000);
	r = mg_heap_aligned(100, 256);
	cr_assert(p != NULL && q != NULL && r != NULL);
	cr_expect(heap_is_filled(q, 0, 5000));
	cr_expect(zero(u64, (uintptr_t)r % 256));
	memset(p, 'a', 100);
	p = mg_heap_realloc(p, 3000);
	cr_expect(p != NULL && heap_is_filled(p, 'a', 100));
	errno = EXDEV;
	mg_heap_free(outside);
	mg_heap_free(big);
	cr_expect(eq(int, errno, EXDEV));
	cr_expect(ne(ptr, mg_heap_malloc(200000), NULL), "a mapping");
	cr_expect(eq(u64, mg_thread_cached_bytes(), cached));
	t->busy = 0;
	outside = mg_heap_malloc(1);
	cr_expect(eq(u64, heap_counts().frees, 2), "those that were put off");
	mg_heap_free(outside);
	cr_expect(eq(u64, heap_counts().frees, 3), "and this one");
	mg_heap_free(p);
	mg_heap_free(q);
	mg_heap_free(r);
	cr_expect(eq(u64, heap_counts().live_blocks, 1));
	heap_expect_balance();
}

Test(nested, serves_small_blocks_for_as_long_as_a_handler_runs)
{
	struct mg_thread *t;
	unsigned n = 0;

	mg_heap_free(mg_heap_malloc(1));
	t = mg_thread_self.record;
	for (int i = 0; i < 20000; i++) {
		void *p;

		t->busy = 1;
		p = mg_heap_malloc(50);
		mg_heap_free(p);
		n += p != NULL;
		t->busy = 0;
		if (i % 100 == 0)
			mg_heap_free(mg_heap_malloc(50000));
	}
	cr_expect(eq(u32, n, 20000));
	mg_heap_free(mg_heap_malloc(50000));
	cr_expect(zero(u64, heap_counts().live_blocks));
	cr_expect(le(u64, mg_heap_charged(), MB));
	heap_expect_balance();
}
