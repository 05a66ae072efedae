/* SPDX-License-Identifier: MIT */
#include "shim/heap/run.h"

#include "shim/heap/charge.h"
#include "tests/unit/heap_support.h"

#include <string.h>

TestSuite(run, .init = heap_use_park);

static enum mg_slice_failure why;

static char *
alloc(size_t n)
{
	char *p = mg_run_alloc(n, false, &why);

	cr_assert(p != NULL);
	cr_expect(zero(u64, (uintptr_t)p % MG_SLICE_BYTES));
	return p;
}

static void
expect_charged(uint64_t pages)
{
	cr_expect(eq(u64, mg_slice_resident_bytes(), pages * PAGE));
	cr_expect(eq(u64, mg_charge_now(), pages * PAGE + mg_slice_own_bytes()));
}

static void
trim_all(void)
{
	mg_run_trim(1, mg_slice_highest() + 1, 1);
}

Test(run, charges_the_pages_that_are_asked_for)
{
	static const struct {
		size_t n, pages;
	} rows[] = { { 32769, 9 }, { 65536, 16 }, { 65537, 17 }, { 100000, 25 },
		{ MG_RUN_MAX_BYTES, 256 }, { 1, 1 } };
	uint64_t pages = 0;

	for (size_t i = 0; i < ROWS(rows); i++) {
		char *p = alloc(rows[i].n);

		pages += rows[i].pages;
		cr_expect(eq(sz, mg_run_usable(p), rows[i].pages * PAGE));
		cr_expect(mg_run_starts((uint32_t)mg_slice_of(p)));
		expect_charged(pages);
		cr_expect(eq(u64, heap_run_bytes(), pages * PAGE));
		memset(p, 0xff, mg_run_usable(p));
	}
	cr_expect(eq(u64, heap_resident_bytes(), pages * PAGE));
}

Test(run, stays_resident_for_the_next_one)
{
	char *p = alloc(100000), *q;

	memset(p, 0xff, 25 * PAGE);
	cr_expect(eq(sz, mg_run_free(p), 25 * PAGE));
	expect_charged(25);
	cr_expect(zero(u64, heap_run_bytes()));
	q = alloc(90000);
	cr_expect(eq(ptr, q, p));
	expect_charged(25);
	cr_expect(eq(sz, mg_run_usable(q), 22 * PAGE));
}

Test(run, clears_old_pages_when_that_is_wanted)
{
	char *p = alloc(200000), *q;

	memset(p, 0xff, 49 * PAGE);
	mg_run_free(p);
	q = mg_run_alloc(100000, true, &why);
	cr_expect(eq(ptr, p, q));
	cr_expect(heap_is_filled(q, 0, 25 * PAGE));
	cr_expect(heap_is_filled(q + 25 * PAGE, 0xff, 7 * PAGE), "and no others");
	memset(q, 0xee, 25 * PAGE);
	mg_run_free(q);
	q = mg_run_alloc(500000, true, &why);
	cr_expect(heap_is_filled(q, 0, 500000), "partly resident");
}

Test(run, is_freed_once)
{
	char *p = alloc(100000);

	cr_expect(zero(sz, mg_run_free(p + 16)));
	cr_expect(zero(sz, mg_run_free(p + MG_SLICE_BYTES)), "its second slice");
	cr_expect(mg_run_starts((uint32_t)mg_slice_of(p)));
	cr_expect(not(mg_run_starts((uint32_t)mg_slice_of(p) + 1)));
	cr_expect(eq(sz, mg_run_free(p), 25 * PAGE));
	cr_expect(zero(sz, mg_run_free(p)));
	cr_expect(not(mg_run_starts((uint32_t)mg_slice_of(p))));
	cr_expect(zero(u64, heap_run_bytes()));
}

Test(run, grows_and_shrinks_in_place)
{
	char *p = alloc(40000);

	memset(p, 'a', 40000);
	cr_expect(mg_run_resize(p, 60000));
	cr_expect(eq(sz, mg_run_usable(p), 15 * PAGE));
	expect_charged(15);
	cr_expect(mg_run_resize(p, 1000000));
	cr_expect(eq(sz, mg_run_usable(p), 245 * PAGE));
	expect_charged(245);
	cr_expect(eq(u64, heap_run_bytes(), 245 * PAGE));
	cr_expect(heap_is_filled(p, 'a', 40000));
	memset(p, 'b', 245 * PAGE);
	cr_expect(not(mg_run_resize(p, MG_RUN_MAX_BYTES + 1)));
	cr_expect(mg_run_resize(p, 100000));
	cr_expect(eq(sz, mg_run_usable(p), 25 * PAGE));
	expect_charged(245);
	cr_expect(eq(u32, mg_slice_record((uint32_t)mg_slice_of(p))->run, 2));
	cr_expect(heap_is_filled(p, 'b', 25 * PAGE));
	cr_expect(eq(sz, mg_run_free(p), 25 * PAGE));
	cr_expect(zero(u64, heap_run_bytes()));
}

Test(run, does_not_grow_into_a_neighbour)
{
	char *p = alloc(65536), *q = alloc(65536);

	cr_expect(eq(ptr, q, p + 65536));
	cr_expect(not(mg_run_resize(p, 65537)));
	cr_expect(eq(sz, mg_run_usable(p), 65536));
	cr_expect(mg_run_starts((uint32_t)mg_slice_of(p)));
	expect_charged(32);
}

Test(run, is_what_it_was_when_the_ceiling_is_in_the_way)
{
	char *p = alloc(40000);
	uint64_t left;

	heap_set_ceiling(mg_charge_now() + 20 * PAGE);
	cr_expect(not(mg_run_resize(p, 200000)));
	cr_expect(eq(sz, mg_run_usable(p), 10 * PAGE));
	cr_expect(eq(u32, mg_slice_record((uint32_t)mg_slice_of(p))->run, 1));
	cr_expect(eq(ptr, mg_run_alloc(200000, false, &why), NULL));
	cr_expect(eq(int, why, MG_SLICE_CEILING));
	cr_expect(le(u64, mg_charge_now(), mg_heap_limit()));
	cr_expect(eq(u64, heap_run_bytes(), 10 * PAGE));
	left = mg_slice_resident_bytes();
	cr_expect(eq(u64, mg_charge_now(), left + mg_slice_own_bytes()));
	cr_expect(mg_run_resize(p, 50000), "what was charged in vain serves now");
}

Test(run, is_trimmed_behind_its_block)
{
	char *p = alloc(200000), *q = alloc(40000);

	memset(p, 'a', 49 * PAGE);
	memset(q, 'b', 40000);
	mg_run_resize(p, 100000);
	expect_charged(59);
	trim_all();
	expect_charged(25 + 10 + 17 - 0);
	cr_expect(eq(u32, heap_resident_pages(p + MG_SLICE_BYTES), 0x01ff));
	cr_expect(heap_is_filled(p, 'a', 25 * PAGE));
	cr_expect(heap_is_filled(q, 'b', 40000));
	cr_expect(mg_run_resize(p, 130000));
	cr_expect(heap_is_filled(p + 25 * PAGE, 0, 7 * PAGE), "new pages");
	trim_all();
	cr_expect(heap_is_filled(p, 'a', 25 * PAGE));
}

Test(run, can_be_freed_while_it_is_trimmed)
{
	char *p = alloc(100000);
	struct mg_slice *s = mg_slice_record((uint32_t)mg_slice_of(p));

	s->state = MG_SLICE_TRIMMED;
	cr_expect(mg_run_starts((uint32_t)mg_slice_of(p)));
	cr_expect(eq(sz, mg_run_usable(p), 25 * PAGE));
	cr_expect(not(mg_run_resize(p, 120000)));
	cr_expect(eq(sz, mg_run_free(p), 25 * PAGE));
	cr_expect(eq(int, s->state, MG_SLICE_DROPPED));
	cr_expect(zero(sz, mg_run_free(p)));
	cr_expect(zero(u64, heap_run_bytes()));
	cr_expect(not(mg_run_starts((uint32_t)mg_slice_of(p))));
}
