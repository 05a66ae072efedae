/* SPDX-License-Identifier: MIT */
/* What both engines do alike when there is no room, and what they leave as it was. */
#include "shim/heap/heap.h"

#include "tests/unit/heap_support.h"

#include <errno.h>
#include <string.h>

static void
expect_same_counts(const struct mg_snapshot *a, const struct mg_snapshot *b)
{
	cr_expect(eq(u64, a->allocs, b->allocs));
	cr_expect(eq(u64, a->frees, b->frees));
	cr_expect(eq(u64, a->reallocs, b->reallocs));
	cr_expect(eq(u64, a->alloc_bytes, b->alloc_bytes));
	cr_expect(eq(u64, a->freed_bytes, b->freed_bytes));
	cr_expect(eq(u64, a->foreign_frees, b->foreign_frees));
	heap_expect_balance();
}

BOTH(gives_room_back_at_once)
{
	void *p;

	heap_set_ceiling(4 * MB);
	p = mg_heap_malloc(3 * MB);
	cr_assert(p != NULL);
	cr_expect(eq(ptr, mg_heap_malloc(3 * MB), NULL));
	mg_heap_free(p);
	cr_expect(mg_heap_malloc(3 * MB) != NULL);
	heap_expect_balance();
}

BOTH(leaves_nothing_behind_when_it_refuses)
{
	static const size_t sizes[] = { 4 * MB, 4 * MB + 1, 2 * GB, TOO_MUCH, TOO_MUCH + 1,
		PTRDIFF_MAX, SIZE_MAX - 16, SIZE_MAX };
	struct mg_snapshot before, after;
	char *p;

	heap_set_ceiling(4 * MB);
	p = mg_heap_malloc(500000);
	before = heap_counts();
	for (size_t i = 0; i < ROWS(sizes); i++) {
		errno = 0;
		cr_expect(eq(ptr, mg_heap_malloc(sizes[i]), NULL), "row %zu", i);
		cr_expect(eq(int, errno, ENOMEM), "row %zu", i);
		if (sizes[i] > TOO_MUCH)
			cr_expect(zero(u64, mg_heap_short_of()), "row %zu", i);
		else
			cr_expect(ge(u64, mg_heap_short_of(), sizes[i]), "row %zu", i);
		cr_expect(eq(ptr, mg_heap_zalloc(sizes[i]), NULL), "row %zu", i);
		cr_expect(eq(ptr, mg_heap_realloc(p, sizes[i]), NULL), "row %zu", i);
	}
	after = heap_counts();
	expect_same_counts(&before, &after);
	cr_expect(le(u64, after.heap_peak_bytes, 4 * MB));
	memset(p, 0xa5, mg_heap_usable(p));
}

BOTH(refuses_impossible_alignments)
{
	static const size_t sizes[] = { 1, 1000, TOO_MUCH, (size_t)1 << 63, SIZE_MAX };
	struct mg_snapshot before, after;

	mg_heap_free(mg_heap_malloc(1));
	before = heap_counts();
	for (size_t i = 0; i < ROWS(sizes); i++)
		for (unsigned bit = 47; bit < 64; bit++) {
			errno = 0;
			cr_expect(eq(ptr, mg_heap_aligned(sizes[i], (size_t)1 << bit), NULL),
			    "%zu at 2^%u", sizes[i], bit);
			cr_expect(eq(int, errno, ENOMEM));
		}
	after = heap_counts();
	expect_same_counts(&before, &after);
	cr_expect(le(u64, after.heap_peak_bytes, MB));
}

BOTH(blames_no_ceiling_when_the_system_has_no_memory)
{
	struct mg_snapshot before, after;
	char *p = mg_heap_malloc(1000);

	before = heap_counts();
	cr_expect(eq(ptr, mg_heap_malloc(TOO_MUCH), NULL));
	cr_expect(zero(u64, mg_heap_short_of()));
	cr_expect(eq(ptr, mg_heap_realloc(p, TOO_MUCH), NULL));
	cr_expect(zero(u64, mg_heap_short_of()));
	heap_set_ceiling(2 * TOO_MUCH);
	errno = 0;
	cr_expect(eq(ptr, mg_heap_aligned(TOO_MUCH - 64, 64), NULL));
	cr_expect(eq(int, errno, ENOMEM));
	cr_expect(zero(u64, mg_heap_short_of()));
	after = heap_counts();
	expect_same_counts(&before, &after);
}

BOTH(shrinks_at_the_ceiling_by_staying)
{
	char *p;

	heap_set_ceiling(4 * MB);
	p = mg_heap_malloc(100000);
	memset(p, 'a', 100000);
	heap_fill(100000);
	heap_fill(1000);
	heap_fill(16);
	cr_expect(eq(ptr, mg_heap_realloc(p, 1000), p));
	cr_expect(eq(int, p[999], 'a'));
	cr_expect(eq(u64, heap_counts().reallocs, 1));
	heap_expect_balance();
	cr_expect(eq(ptr, mg_heap_realloc(p, 200000), NULL));
	cr_expect(eq(u64, heap_counts().reallocs, 1));
	cr_expect(eq(int, p[999], 'a'));
}

BOTH(refuses_growth_while_frozen)
{
	void *p = mg_heap_malloc(MB);

	mg_heap_make_room(1);
	mg_heap_freeze(true);
	cr_expect(eq(ptr, mg_heap_malloc(16), NULL));
	cr_expect(ge(u64, mg_heap_short_of(), 16));
	cr_expect(eq(ptr, mg_heap_malloc(3 * GB), NULL));
	mg_heap_free(p);
	p = mg_heap_malloc(MB);
	cr_expect(p != NULL, "no growth");
	mg_heap_freeze(false);
	cr_expect(mg_heap_malloc(MB) != NULL);
}

BOTH(leaves_foreign_blocks_alone_when_there_is_no_room)
{
	char *p = heap_make_foreign(1000);

	heap_set_ceiling(MB);
	memset(p, 'a', 1000);
	cr_expect(eq(ptr, mg_heap_realloc(p, 2 * MB), NULL));
	cr_expect(zero(u64, heap_counts().foreign_frees));
	cr_expect(eq(int, p[999], 'a'));
	mg_heap_free(p);
}
