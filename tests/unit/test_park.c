/* SPDX-License-Identifier: MIT */
#include "tests/unit/park_support.h"

#include "shim/heap/charge.h"

#include <string.h>

TestSuite(park, .init = heap_use_park);

Test(park, hands_out_ascending_blocks_of_one_slice)
{
	for (unsigned class = 1; class < MG_CLASSES; class ++) {
		const struct mg_class *c = &mg_classes[class];
		uintptr_t b[MG_PARK_MAX_BATCH];
		unsigned want = c->blocks < 100 ? c->blocks : 100;
		unsigned n = mg_park_take(class, b, want, &park_why);

		cr_assert(eq(u32, n, want), "class %u", class);
		for (unsigned i = 0; i < n; i++) {
			cr_assert(eq(u64, (uintptr_t)park_address(b[i]),
			    (uintptr_t)park_address(b[0]) + i * c->bytes));
			cr_assert(mg_park_is_issued(park_address(b[i])));
			cr_assert(eq(u64, b[i] & MG_PARK_ZERO, MG_PARK_ZERO));
		}
		cr_expect(not(mg_park_is_issued((char *)park_address(b[0]) + 1)));
		cr_expect(not(mg_park_is_issued((char *)park_address(b[n - 1]) + c->bytes)));
		cr_expect(zero(u64, (uintptr_t)park_address(b[0]) % 16));
	}
	park_check_slices();
}

Test(park, charges_the_pages_that_blocks_touch)
{
	uintptr_t b[64];
	uint64_t before;

	park_take_all(mg_class_of(1024), b, 1);
	before = mg_slice_resident_bytes();
	cr_expect(eq(u64, before, PAGE));
	park_take_all(mg_class_of(1024), b + 1, 3);
	cr_expect(eq(u64, mg_slice_resident_bytes(), before), "the same page");
	park_take_all(mg_class_of(1024), b + 4, 1);
	cr_expect(eq(u64, mg_slice_resident_bytes(), before + PAGE));
	park_take_all(mg_class_of(8192), b + 5, 1);
	cr_expect(eq(u64, mg_slice_resident_bytes(), before + 3 * PAGE));
	cr_expect(eq(u64, mg_charge_now(), mg_slice_resident_bytes() + mg_slice_own_bytes()));
}

Test(park, tells_double_frees_and_what_is_no_block)
{
	unsigned class = mg_class_of(100);
	uintptr_t b[10];
	void *twice[4];

	park_take_all(class, b, 10);
	cr_expect(zero(u32, park_put(class, b[3])));
	cr_expect(not(mg_park_is_issued(park_address(b[3]))));
	cr_expect(eq(u32, park_put(class, b[3]), 1));
	cr_expect(eq(u32, park_put(class, b[4] + 16), 1), "inside");
	cr_expect(
	    eq(u32, park_put(class, (b[0] & ~(MG_SLICE_BYTES - 1)) + 65520), 1), "behind all");
	cr_expect(eq(u32, park_put(class + 1, b[5]), 1), "of another class");
	twice[0] = twice[2] = park_address(b[6]);
	twice[1] = twice[3] = park_address(b[7]);
	cr_expect(eq(u32, mg_park_put(class, twice, 4), 2), "in one batch");
	cr_expect(eq(u64, heap_counts().double_frees, 6));
	cr_expect(eq(u32, mg_slice_record((uint32_t)mg_slice_of(park_address(b[0])))->free,
	    mg_classes[class].blocks - 7u));
	park_check_slices();
}

/* A first block that does not start at 0: the bytes before it are none's. */
Test(park, knows_the_bytes_before_the_first_block)
{
	unsigned class = mg_class_of(16);
	uintptr_t b[MG_PARK_MAX_BATCH];

	for (int i = 0; i < 4; i++) {
		uint32_t slice, first;

		park_take_all(class, b, MG_PARK_MAX_BATCH);
		slice = (uint32_t)mg_slice_of(park_address(b[0]));
		first = mg_class_first(&mg_classes[class], slice);
		for (uint32_t at = 0; at < first; at += 16) {
			cr_expect(not(mg_park_is_issued(mg_slice_address(slice) + at)));
			cr_expect(
			    eq(u32, park_put(class, (uintptr_t)mg_slice_address(slice) + at), 1));
		}
		park_take_all(
		    class, (uintptr_t[MOST]){ 0 }, mg_classes[class].blocks - MG_PARK_MAX_BATCH);
	}
}

Test(park, gives_wholly_free_slices_to_other_classes)
{
	unsigned class = mg_class_of(2048), other = mg_class_of(48);
	unsigned n = mg_classes[class].blocks;
	uintptr_t b[64], c[64];
	uint32_t slice;

	park_take_all(class, b, n);
	slice = (uint32_t)mg_slice_of(park_address(b[0]));
	cr_expect(eq(u32, (uint32_t)mg_slice_of(park_address(b[n - 1])), slice));
	memset(mg_slice_address(slice), 0xff, MG_SLICE_BYTES);
	for (unsigned i = 0; i < n - 1; i++)
		park_put(class, b[i]);
	cr_expect(eq(u32, mg_region.class[slice], class));
	park_put(class, b[n - 1]);
	cr_expect(zero(u32, mg_region.class[slice]));
	cr_expect(eq(int, mg_slice_record(slice)->state, MG_SLICE_POOLED));
	park_take_all(other, c, 64);
	cr_expect(eq(u32, (uint32_t)mg_slice_of(park_address(c[0])), slice), "resident ones first");
	for (int i = 0; i < 64; i++)
		cr_expect(zero(u64, c[i] & MG_PARK_ZERO), "it is not zero");
	park_check_slices();
}

Test(park, takes_from_the_fullest_slice)
{
	unsigned class = mg_class_of(4096);
	uintptr_t b[48], c;

	park_take_all(class, b, 48);
	for (int i = 0; i < 12; i++)
		park_put(class, b[i]);
	park_put(class, b[16]);
	for (int i = 32; i < 40; i++)
		park_put(class, b[i]);
	park_take_all(class, &c, 1);
	cr_expect(eq(u64, c, b[16] & ~MG_PARK_ZERO));
	park_take_all(class, &c, 1);
	cr_expect(eq(u64, c, b[32] & ~MG_PARK_ZERO));
}

/* What is resident already can be had, and nothing else. */
Test(park, is_frugal_at_the_ceiling)
{
	unsigned class = mg_class_of(1024);
	uintptr_t b[64];

	park_take_all(class, b, 6);
	heap_set_ceiling(mg_charge_now());
	cr_expect(eq(u32, mg_park_take(class, b + 6, 50, &park_why), 2), "the rest of the page");
	cr_expect(zero(u32, mg_park_take(class, b + 8, 50, &park_why)));
	cr_expect(eq(int, park_why, MG_SLICE_CEILING));
	cr_expect(zero(u32, mg_park_take(mg_class_of(64), b + 8, 50, &park_why)));
	cr_expect(eq(int, park_why, MG_SLICE_CEILING));
	park_put(class, b[0]);
	cr_expect(eq(u32, mg_park_take(class, b, 50, &park_why), 1));
	cr_expect(eq(u64, mg_charge_now(), mg_heap_limit()));
	park_check_slices();
}
