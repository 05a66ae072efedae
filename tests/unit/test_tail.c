/* SPDX-License-Identifier: MIT */
#include "shim/heap/tail.h"

#include "shim/heap/punch.h"
#include "shim/heap/run.h"
#include "shim/heap/shelf.h"
#include "shim/heap/sweep.h"
#include "tests/unit/park_support.h"

TestSuite(tail, .init = heap_use_park);

static uint64_t
behind(uint32_t slice)
{
	const struct mg_slice *s = mg_slice_record(slice);
	unsigned class = mg_region.class[slice];
	uint32_t last = s->pages - (s->run - 1) * MG_SLICE_PAGES;
	unsigned pages = 0;

	if (class != 0)
		pages = s->resident & mg_shelf_behind(&mg_classes[class]);
	else if (mg_run_starts(slice))
		pages = mg_slice_record(slice + s->run - 1)->resident >> last;
	/* One alone is not worth a call. */
	return (pages & (pages - 1)) != 0 ? (uint64_t)__builtin_popcount(pages) * PAGE : 0;
}

static void
expect_counted(void)
{
	uint64_t bytes = 0;

	for (uint32_t i = 1; i <= mg_slice_highest(); i++)
		bytes += behind(i);
	cr_assert(eq(u64, mg_tail_bytes(), bytes));
}

/* What a program may do with blocks, and the governor with their pages. */
static void
act(uint64_t x, uintptr_t *block, unsigned class)
{
	enum mg_slice_failure why;
	size_t n = 1 + (x >> 20) % 300000;
	uint32_t cursor = 1 + (uint32_t)(x >> 40) % (mg_slice_highest() + 1);

	if (x % 50 == 0)
		mg_run_trim(cursor, cursor + 20, 1);
	if (x % 50 == 1)
		mg_punch_slices(&cursor, 20);
	if (x % 50 == 2)
		mg_sweep_tails();
	if (*block == 0 && class != 0)
		park_take_all(class, block, 1);
	else if (*block == 0)
		*block = (uintptr_t)mg_run_alloc(n, false, &why);
	else if (class == 0 && x % 3 == 0)
		mg_run_resize((void *)*block, n);
	else {
		if (class != 0)
			park_put(class, *block);
		else
			mg_run_free((void *)*block);
		*block = 0;
	}
}

Test(tail, is_counted_to_the_page)
{
	static uintptr_t held[300];
	uint64_t seed = 7, most = 0;

	for (int i = 0; i < 20000; i++) {
		uint64_t x = support_random(&seed);
		unsigned k = (unsigned)(x >> 8) % ROWS(held);
		unsigned class = k % 3 == 0 ? 0 : MG_CLASSES - 1 - k % 20;

		act(x, &held[k], class);
		if (i % 100 == 0)
			expect_counted();
		most = mg_tail_bytes() > most ? mg_tail_bytes() : most;
	}
	cr_expect(gt(u64, most, 100 * PAGE));
	park_check_slices();
}

/* Blocks that fill their slices, then as many smaller ones and as many again. */
static void
check_bound(size_t n, unsigned to_a_slice)
{
	static void *blocks[400 * 2 * 2];
	unsigned count = 400 * 2 * to_a_slice;

	for (int i = 0; i < 400; i++)
		blocks[i] = mg_heap_malloc(65000);
	for (int i = 0; i < 400; i++)
		mg_heap_free(blocks[i]);
	cr_expect(ge(u64, mg_slice_resident_bytes(), 400 * MG_SLICE_BYTES));
	for (unsigned i = 0; i < count; i++)
		blocks[i] = mg_heap_malloc(n);
	cr_expect(le(u64, mg_slice_resident_bytes(), count * n * 100 / 94), "%zu bytes", n);
	park_check_slices();
	for (unsigned i = 0; i < count; i++)
		mg_heap_free(blocks[i]);
}

Test(tail, is_given_back_when_the_heap_grows)
{
	check_bound(36864, 1);
	expect_counted();
}

Test(tail, is_given_back_behind_blocks_of_classes)
{
	check_bound(22528, 2);
	expect_counted();
}

Test(tail, stays_while_the_heap_does_not_grow)
{
	static void *blocks[300];

	for (unsigned i = 0; i < ROWS(blocks); i++)
		blocks[i] = mg_heap_malloc(65000);
	for (unsigned i = 0; i < ROWS(blocks); i++)
		mg_heap_free(blocks[i]);
	for (unsigned i = 0; i < ROWS(blocks); i++)
		blocks[i] = mg_heap_malloc(36864);
	cr_expect(eq(u64, mg_tail_bytes(), ROWS(blocks) * 7 * PAGE));
	expect_counted();
}

/* Blocks that fill their slices, and others that leave tails in those. */
static void
leave_tails(void **blocks, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		blocks[i] = mg_heap_malloc(65000);
	for (unsigned i = 0; i < n; i++)
		mg_heap_free(blocks[i]);
	for (unsigned i = 0; i < n; i++)
		blocks[i] = mg_heap_malloc(36864);
}

Test(tail, stays_below_what_the_heap_has_held_before)
{
	static void *blocks[400];
	struct mg_sweep w;

	for (unsigned i = 0; i < ROWS(blocks); i++)
		blocks[i] = mg_heap_malloc(65000);
	for (unsigned i = 0; i < ROWS(blocks); i++)
		mg_heap_free(blocks[i]);
	mg_sweep_begin(&w);
	while (mg_sweep_step(&w))
		;
	cr_assert(lt(u64, mg_slice_resident_bytes(), 100 * MG_SLICE_BYTES));
	leave_tails(blocks, 200);
	for (unsigned i = 200; i < 300; i++)
		blocks[i] = mg_heap_malloc(65000);
	cr_expect(eq(u64, mg_tail_bytes(), UINT64_C(200) * 7 * PAGE));
	expect_counted();
}
