/* SPDX-License-Identifier: MIT */
/* What is kept of freed large blocks: reuse, bounds and age. */
#include "shim/heap/large_kept.h"

#include "shim/base/sys.h"
#include "shim/heap/charge.h"
#include "tests/unit/large_support.h"

#include <string.h>

Test(large_kept, aligns_inside_a_kept_piece)
{
	char *p = mg_large_alloc(8 * MB, 4 * MB, false, true, &large_short_of).p;
	struct mg_large_block b;

	mg_large_configure(64 * MB, NEVER);
	mg_large_free(p);
	b = large_alloc(PAGE);
	cr_expect(eq(ptr, b.p, p));
	b = mg_large_alloc(MB, 2 * MB, false, true, &large_short_of);
	cr_expect(eq(ptr, b.p, p + 2 * MB));
	large_expect_sums(MB + PAGE, 7 * MB - PAGE);
	mg_large_free(p);
	mg_large_free(b.p);
	large_expect_sums(0, 8 * MB);
	cr_expect(eq(u64, mg_large_read().kept_blocks, 1), "merged again");
}

Test(large_kept, purges_what_is_kept_before_it_refuses)
{
	void *a, *b;

	mg_large_configure(64 * MB, NEVER);
	mg_charge_configure(16 * MB + PAGE, 0);
	a = large_alloc(3 * MB).p;
	b = large_alloc(MB).p;
	mg_large_free(a);
	large_expect_sums(MB, 3 * MB);
	cr_expect(
	    zero(ptr, large_alloc(15 * MB + PAGE).p), "kept memory must go, and it is not enough");
	cr_expect(eq(u64, large_short_of, PAGE));
	large_expect_sums(MB, 0);
	mg_large_free(b);
	cr_expect(zero(ptr, large_alloc(17 * MB).p));
	large_expect_sums(0, MB);
	cr_expect(ne(ptr, large_alloc(16 * MB).p, NULL), "stretched, or fresh after a purge");
	large_expect_sums(16 * MB, 0);
}

Test(large_kept, reuses_splits_and_merges)
{
	char *p = large_alloc(8 * MB).p, *a, *b;
	struct mg_large_block whole;

	mg_large_configure(64 * MB, NEVER);
	memset(p, 1, 8 * MB);
	mg_large_free(p);
	cr_expect(large_is_mapped(p));
	a = large_alloc(3 * MB).p;
	b = large_alloc(2 * MB).p;
	cr_expect(eq(ptr, a, p));
	cr_expect(eq(ptr, b, p + 3 * MB));
	large_expect_sums(5 * MB, 3 * MB);
	mg_large_free(a);
	cr_expect(eq(u64, mg_large_read().kept_blocks, 2));
	mg_large_free(b);
	large_expect_sums(0, 8 * MB);
	cr_expect(eq(u64, mg_large_read().kept_blocks, 1));
	whole = large_alloc(7 * MB + 256 * KB);
	cr_expect(eq(ptr, whole.p, p));
	cr_expect(eq(sz, whole.usable, 8 * MB), "the rest is too small to be split off");
	cr_expect(not(whole.is_zero));
}

Test(large_kept, takes_the_best_fit)
{
	void *p[3], *q[3];
	size_t sizes[3] = { 12 * MB, 4 * MB, 8 * MB };

	mg_large_configure(64 * MB, NEVER);
	for (int i = 0; i < 3; i++)
		p[i] = large_alloc(sizes[i]).p;
	for (int i = 0; i < 3; i++)
		mg_large_free(p[i]);
	for (int i = 0; i < 3; i++)
		q[i] = large_alloc(sizes[i] - PAGE).p;
	for (int i = 0; i < 3; i++)
		cr_expect(eq(ptr, p[i], q[i]), "row %d", i);
	large_expect_sums(24 * MB, 0);
}

Test(large_kept, stretches_a_kept_piece)
{
	char *p = large_alloc(4 * MB).p;
	struct mg_large_block b;

	mg_large_configure(64 * MB, NEVER);
	memset(p, 7, 4 * MB);
	mg_large_free(p);
	b = large_alloc(10 * MB);
	cr_expect(eq(sz, b.usable, 10 * MB));
	cr_expect(not(b.is_zero));
	cr_expect(eq(int, ((char *)b.p)[4 * MB - 1], 7));
	cr_expect(heap_is_filled((char *)b.p + 4 * MB, 0, 6 * MB));
	large_expect_sums(10 * MB, 0);
	mg_large_free(b.p);
	b = large_alloc(41 * MB);
	cr_expect(b.is_zero, "a quarter at least");
	large_expect_sums(41 * MB, 10 * MB);
}

Test(large_kept, clears_on_request)
{
	static const size_t sizes[] = { 4 * MB, 3 * MB, 9 * MB };

	mg_large_configure(64 * MB, NEVER);
	for (size_t i = 0; i < ROWS(sizes); i++) {
		struct mg_large_block b = large_alloc(4 * MB);

		memset(b.p, 1, b.usable);
		mg_large_free(b.p);
		b = mg_large_alloc(sizes[i], 16, true, true, &large_short_of);
		cr_expect(b.is_zero, "row %zu", i);
		cr_expect(heap_is_filled(b.p, 0, b.usable), "row %zu", i);
		mg_large_free(b.p);
		mg_large_purge(UINT64_MAX);
	}
}

/* The kernel moves memory of one mapping only. */
Test(large_kept, merges_memory_of_one_mapping_only)
{
	struct mg_large_block a = large_alloc(4 * MB), b = large_alloc(4 * MB), c;
	size_t before;

	mg_large_configure(64 * MB, NEVER);
	memset(a.p, 1, a.usable);
	memset(b.p, 1, b.usable);
	mg_large_free(a.p);
	mg_large_free(b.p);
	cr_expect(eq(u64, mg_large_read().kept_blocks, 2));
	c = large_alloc(8 * MB);
	cr_expect(eq(u64, mg_large_read().kept_blocks, 1));
	cr_expect(ne(ptr, mg_large_resize(c.p, 64 * MB, &before, &large_short_of).p, NULL));
}

Test(large_kept, bounds_what_is_kept)
{
	void *p[100];

	mg_large_configure(16 * MB, NEVER);
	for (int i = 0; i < 20; i++)
		p[i] = large_alloc(MB + PAGE).p;
	for (int i = 0; i < 20; i++)
		mg_large_free(p[i]);
	large_expect_sums(0, 16 * MB);
	cr_expect(not(large_is_mapped(p[0])), "the oldest went");
	cr_expect(large_is_mapped(p[19]));
	mg_large_free(large_alloc(8 * MB + PAGE).p);
	cr_expect(le(u64, mg_large_read().kept_bytes, 16 * MB));
	mg_large_configure(4 * MB + 1, NEVER);
	large_expect_sums(0, 4 * MB);
	mg_large_free(large_alloc(5 * MB).p);
	mg_large_configure(0, NEVER);
	large_expect_sums(0, 0);
	mg_large_configure(16 * MB, NEVER);
	for (int i = 0; i < 100; i++)
		p[i] = mg_large_alloc(PAGE, 8 * PAGE, false, true, &large_short_of).p;
	for (int i = 0; i < 100; i++)
		mg_large_free(p[i]);
	cr_expect(lt(u64, mg_large_read().kept_blocks, 65), "pieces are bounded too");
	large_expect_sums(0, mg_large_read().kept_bytes);
}

Test(large_kept, cuts_only_what_is_too_much)
{
	char *p = large_alloc(8 * MB).p;

	mg_large_configure(64 * MB, NEVER);
	memset(p, 1, 8 * MB);
	mg_large_free(p);
	mg_large_configure(5 * MB, NEVER);
	large_expect_sums(0, 5 * MB);
	cr_expect(large_is_mapped(p) && large_is_mapped(p + 5 * MB - PAGE));
	cr_expect(not(large_is_mapped(p + 5 * MB)));
	cr_expect(eq(ptr, large_alloc(5 * MB).p, p));
}

Test(large_kept, keeps_nothing_that_is_over_half_of_it)
{
	void *p = large_alloc(9 * MB).p, *q = large_alloc(8 * MB).p;

	mg_large_configure(16 * MB, NEVER);
	mg_large_free(p);
	large_expect_sums(8 * MB, 0);
	mg_large_free(q);
	large_expect_sums(0, 8 * MB);
}

Test(large_kept, keeps_nothing_without_a_decay)
{
	mg_large_configure(16 * MB, 0);
	mg_large_free(large_alloc(MB).p);
	large_expect_sums(0, 0);
}

Test(large_kept, purges_by_age)
{
	struct mg_large_piece old = { .mapping = 1000 }, young = { .mapping = 1001 };

	mg_large_configure(64 * MB, NEVER);
	old.at = (uintptr_t)mg_sys_map(old.bytes = MB);
	young.at = (uintptr_t)mg_sys_map(young.bytes = 2 * MB);
	mg_charge_take(3 * MB, 0, false);
	mg_large_kept_put(old, 1000);
	mg_large_kept_put(young, 2000);
	large_expect_sums(0, 3 * MB);
	cr_expect(zero(u64, mg_large_purge(1000)));
	cr_expect(eq(u64, mg_large_purge(2000), MB));
	large_expect_sums(0, 2 * MB);
	cr_expect(not(large_is_mapped((void *)old.at)));
	cr_expect(eq(u64, mg_large_purge(UINT64_MAX), 2 * MB));
	large_expect_sums(0, 0);
}

Test(large_kept, expires_what_is_kept)
{
	struct mg_large_piece piece = { .mapping = 1000 };

	mg_large_configure(64 * MB, S);
	for (int i = 0; i < 3; i++) {
		piece.at = (uintptr_t)mg_sys_map(piece.bytes = 2 * MB);
		piece.mapping++;
		mg_charge_take(2 * MB, 0, false);
		mg_large_kept_put(piece, 5 * S + (uint64_t)i);
	}
	mg_large_kept_evict_expired(6 * S);
	large_expect_sums(0, 6 * MB);
	mg_large_kept_evict_expired(6 * S + 1);
	large_expect_sums(0, 4 * MB);
	mg_large_kept_evict_expired(0);
	large_expect_sums(0, 4 * MB);
	cr_assert(ne(ptr, large_alloc(64 * MB).p, NULL)); /* by the real clock, all of it is old */
	cr_expect(le(u64, mg_large_read().kept_bytes, 4 * MB));
	mg_large_configure(64 * MB, 0);
	large_expect_sums(64 * MB, 0);
}

Test(large_kept, expires_at_an_allocation_that_cannot_use_it)
{
	mg_large_configure(64 * MB, 1);
	mg_large_free(large_alloc(8 * MB).p);
	large_alloc(64 * MB);
	large_expect_sums(64 * MB, 0);
}
