/* SPDX-License-Identifier: MIT */
#include "shim/heap/punch.h"

#include "shim/heap/charge.h"
#include "tests/unit/park_support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

TestSuite(punch, .init = heap_use_park);

static void
punch_all(void)
{
	uint32_t cursor = 0;

	do
		mg_punch_slices(&cursor, 64);
	while (cursor != 0);
}

/* Pages of which an issued block has a byte, block by block. */
static uint16_t
pages_in_use(uint32_t slice, const struct mg_class *c, const bool *issued)
{
	uint16_t pages = 0;

	for (unsigned i = 0; i < c->blocks; i++)
		for (uint32_t at = 0; issued[i] && at < c->bytes; at++)
			pages |=
			    (uint16_t)(1u << (mg_class_first(c, slice) + i * c->bytes + at) / PAGE);
	return pages;
}

/* One slice of a class, of which all blocks but some are freed. */
static void
check_punch(unsigned class, unsigned keep_of_100, uint64_t seed)
{
	const struct mg_class *c = &mg_classes[class];
	static uintptr_t b[MOST];
	static bool issued[MOST];
	uint32_t slice;
	uint16_t want;

	park_take_all(class, b, c->blocks);
	slice = (uint32_t)mg_slice_of(park_address(b[0]));
	for (unsigned i = 0; i < c->blocks; i++) {
		memset(park_address(b[i]), (int)(1 + i % 255), c->bytes);
		issued[i] = i == 0 || support_random(&seed) % 100 < keep_of_100;
	}
	for (unsigned i = 0; i < c->blocks; i++)
		if (!issued[i])
			park_put(class, b[i]);
	want = pages_in_use(slice, c, issued);
	punch_all();
	cr_assert(eq(u32, mg_slice_record(slice)->resident, want), "class %u", class);
	cr_assert(eq(u32, heap_resident_pages(mg_slice_address(slice)), want), "class %u", class);
	for (unsigned i = 0; i < c->blocks; i++)
		if (issued[i])
			cr_assert(heap_is_filled(park_address(b[i]), (int)(1 + i % 255), c->bytes),
			    "class %u block %u", class, i);
	park_check_slices();
	for (unsigned i = 0; i < c->blocks; i++)
		if (issued[i])
			park_put(class, b[i]);
}

Test(punch, punches_exactly_the_pages_without_an_issued_byte)
{
	static const unsigned shares[] = { 0, 1, 5, 30, 90 };

	for (unsigned class = 1; class < MG_CLASSES; class ++)
		for (unsigned i = 0; i < ROWS(shares); i++)
			check_punch(class, shares[i], class * 100 + i);
	cr_expect(eq(u64, mg_charge_now(), mg_slice_resident_bytes() + mg_slice_own_bytes()));
}

Test(punch, says_that_a_block_is_zero_only_when_it_is)
{
	static uintptr_t held[2000];
	uint64_t seed = 3, zeros = 0;

	for (int i = 0; i < 60000; i++) {
		uint64_t x = support_random(&seed);
		unsigned k = (unsigned)(x % ROWS(held));
		unsigned class = 1 + k % (MG_CLASSES - 1);

		if (held[k] == 0) {
			park_take_all(class, &held[k], 1);
			if ((held[k] & MG_PARK_ZERO) != 0) {
				zeros++;
				cr_assert(heap_is_filled(
				    park_address(held[k]), 0, mg_classes[class].bytes));
			}
			memset(park_address(held[k]), 0xee, mg_classes[class].bytes);
		} else {
			park_put(class, held[k]);
			held[k] = 0;
		}
		if (x % 500 == 0)
			punch_all();
	}
	cr_expect(gt(u64, zeros, 1000));
	park_check_slices();
}

Test(punch, knows_zeros_after_a_punch)
{
	unsigned class = mg_class_of(4096);
	uintptr_t b[16];

	park_take_all(class, b, 16);
	memset(park_address(b[0]), 0xff, 16 * 4096);
	for (int i = 4; i < 12; i++)
		park_put(class, b[i]);
	park_take_all(class, b + 4, 1);
	cr_expect(zero(u64, b[4] & MG_PARK_ZERO));
	punch_all();
	park_take_all(class, b + 5, 7);
	for (int i = 5; i < 12; i++)
		cr_expect(eq(u64, b[i] & MG_PARK_ZERO, MG_PARK_ZERO));
}

/* The blocks of a hundred slices. */
static uintptr_t slices[64 * 100];

static void
fill_slices(void)
{
	park_take_all(mg_class_of(1024), slices, ROWS(slices));
	for (unsigned i = 0; i < ROWS(slices); i++)
		memset(park_address(slices[i]), 1, 1024);
}

static void
park_slices(void)
{
	for (unsigned i = 0; i < ROWS(slices); i++)
		park_put(mg_class_of(1024), slices[i]);
}

static uint64_t
punch_pool(void)
{
	uint64_t bytes = 0;
	bool left;

	do
		bytes += mg_punch_pool(&left);
	while (left);
	return bytes;
}

Test(punch, punches_the_pool)
{
	uint64_t bytes;

	fill_slices();
	park_slices();
	cr_expect(eq(u64, mg_slice_resident_bytes(), 100 * MG_SLICE_BYTES));
	cr_expect(eq(u64, heap_resident_bytes(), 100 * MG_SLICE_BYTES));
	bytes = punch_pool();
	cr_expect(eq(u64, bytes, 100 * MG_SLICE_BYTES));
	cr_expect(zero(u64, mg_slice_resident_bytes()));
	cr_expect(zero(u64, heap_resident_bytes()));
	cr_expect(eq(u64, mg_charge_now(), mg_slice_own_bytes()));
}

/* As a punch would have it in between: not on a shelf, its pages on their way. */
static atomic_bool is_over;

static void *
punch_until_over(void *arg)
{
	while (!atomic_load(&is_over))
		punch_all();
	return arg;
}

Test(punch, takes_and_puts_while_slices_are_detached)
{
	static uintptr_t held[3000];
	pthread_t thread;
	uint64_t seed = 5;

	cr_assert(zero(int, pthread_create(&thread, NULL, punch_until_over, NULL)));
	for (int i = 0; i < 300000; i++) {
		unsigned k = (unsigned)(support_random(&seed) % ROWS(held));
		unsigned class = mg_class_of(600 + k % 8 * 1000), bytes = mg_classes[class].bytes;

		if (held[k] == 0) {
			park_take_all(class, &held[k], 1);
			if ((held[k] & MG_PARK_ZERO) != 0)
				cr_assert(heap_is_filled(park_address(held[k]), 0, bytes));
			memset(park_address(held[k]), (int)(k % 255 + 1), bytes);
		} else {
			cr_assert(heap_is_filled(park_address(held[k]), (int)(k % 255 + 1), bytes));
			cr_assert(zero(u32, park_put(class, held[k])));
			held[k] = 0;
		}
	}
	atomic_store(&is_over, true);
	pthread_join(thread, NULL);
	park_check_slices();
	for (unsigned k = 0; k < ROWS(held); k++)
		if (held[k] != 0)
			park_put(mg_class_of(600 + k % 8 * 1000), held[k]);
	for (uint32_t i = 1; i <= mg_slice_highest(); i++)
		cr_assert(zero(u32, mg_region.class[i]), "slice %u is lost", i);
}

/* By system call: sanitizers leave mlock() out. */
Test(punch, leaves_locked_pages_alone)
{
	unsigned class = mg_class_of(4096);
	uintptr_t b[16];
	uint32_t cursor = 0;

	park_take_all(class, b, 16);
	memset(park_address(b[0]), 7, 16 * 4096);
	cr_assert(zero(int, (int)syscall(SYS_mlock, park_address(b[0]), 16 * 4096)));
	for (int i = 1; i < 16; i++)
		park_put(class, b[i]);
	cr_expect(zero(u64, mg_punch_slices(&cursor, 64)));
	cr_expect(eq(u32, cursor, 65), "it goes on behind them");
	cursor = 0;
	cr_expect(eq(u64, mg_slice_resident_bytes(), 16 * PAGE));
	cr_assert(zero(int, (int)syscall(SYS_munlock, park_address(b[0]), 16 * 4096)));
	cr_expect(eq(u64, mg_punch_slices(&cursor, 64), 15 * PAGE));
	park_check_slices();
}

/* The kernel refuses a whole run for it, and is asked again slice by slice. */
Test(punch, leaves_one_slice_for_a_locked_page_of_the_pool)
{
	uint64_t bytes;

	fill_slices();
	cr_assert(zero(int, (int)syscall(SYS_mlock, park_address(slices[64 * 30]), PAGE)));
	park_slices();
	bytes = punch_pool();
	cr_expect(eq(u64, bytes, 99 * MG_SLICE_BYTES));
	cr_expect(eq(u64, mg_slice_resident_bytes(), MG_SLICE_BYTES));
	cr_expect(le(u64, heap_resident_bytes(), MG_SLICE_BYTES));
}
