/* SPDX-License-Identifier: MIT */
#include "shim/heap/park.h"
#include "shim/heap/punch.h"

#include "shim/heap/charge.h"
#include "shim/heap/class.h"
#include "tests/unit/heap_support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

TestSuite(park, .init = heap_use_park);

#define MOST 4096

static enum mg_slice_failure why;

static uint64_t
roll(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return *seed >> 33;
}

/* All at once, in blocks of a batch. */
static void
take_all(unsigned class, uintptr_t *blocks, unsigned want)
{
	for (unsigned n = 0; n < want;) {
		unsigned most = want - n < MG_PARK_MAX_BATCH ? want - n : MG_PARK_MAX_BATCH;
		unsigned got = mg_park_take(class, blocks + n, most, &why);

		cr_assert(got > 0 && got <= most);
		n += got;
	}
}

static void *
address(uintptr_t block)
{
	return (void *)(block & ~MG_PARK_ZERO);
}

static unsigned
put(unsigned class, uintptr_t block)
{
	void *p = address(block);

	return mg_park_put(class, &p, 1);
}

static void
punch_all(void)
{
	uint32_t cursor = 0;

	do
		mg_punch_slices(&cursor, 64);
	while (cursor != 0);
}

/* Every slice: its bits are its count, and its state what they say. */
static void
check_slices(void)
{
	for (uint32_t i = 1; i <= mg_slice_highest(); i++) {
		const struct mg_slice *s = mg_slice_record(i);
		const struct mg_class *c = &mg_classes[s->class];
		unsigned free = 0;

		if (mg_region.class[i] == 0)
			continue;
		cr_assert(eq(u32, mg_region.class[i], s -> class));
		for (unsigned w = 0; w < s->words; w++)
			free += (unsigned)__builtin_popcountll(s->bits[w]);
		cr_assert(eq(u32, free, s->free));
		cr_assert(lt(u32, free, c->blocks), "it belongs into the pool");
		cr_assert(eq(int, s->state, free > 0 ? MG_SLICE_SHELVED : MG_SLICE_FULL));
		cr_assert(free == 0 || s->shelf == (free * 8 - 1) / c->blocks);
	}
	mg_park_check();
}

Test(park, hands_out_ascending_blocks_of_one_slice)
{
	for (unsigned class = 1; class < MG_CLASSES; class ++) {
		const struct mg_class *c = &mg_classes[class];
		uintptr_t b[MG_PARK_MAX_BATCH];
		unsigned want = c->blocks < 100 ? c->blocks : 100;
		unsigned n = mg_park_take(class, b, want, &why);

		cr_assert(eq(u32, n, want), "class %u", class);
		for (unsigned i = 0; i < n; i++) {
			cr_assert(eq(u64, (uintptr_t)address(b[i]),
			    (uintptr_t)address(b[0]) + i * c->bytes));
			cr_assert(mg_park_is_issued(address(b[i])));
			cr_assert(eq(u64, b[i] & MG_PARK_ZERO, MG_PARK_ZERO));
		}
		cr_expect(not(mg_park_is_issued((char *)address(b[0]) + 1)));
		cr_expect(not(mg_park_is_issued((char *)address(b[n - 1]) + c->bytes)));
		cr_expect(zero(u64, (uintptr_t)address(b[0]) % 16));
	}
	check_slices();
}

Test(park, charges_the_pages_that_blocks_touch)
{
	uintptr_t b[64];
	uint64_t before;

	take_all(mg_class_of(1024), b, 1);
	before = mg_slice_resident_bytes();
	cr_expect(eq(u64, before, PAGE));
	take_all(mg_class_of(1024), b + 1, 3);
	cr_expect(eq(u64, mg_slice_resident_bytes(), before), "the same page");
	take_all(mg_class_of(1024), b + 4, 1);
	cr_expect(eq(u64, mg_slice_resident_bytes(), before + PAGE));
	take_all(mg_class_of(8192), b + 5, 1);
	cr_expect(eq(u64, mg_slice_resident_bytes(), before + 3 * PAGE));
	cr_expect(eq(u64, mg_charge_now(), mg_slice_resident_bytes() + mg_slice_own_bytes()));
}

Test(park, tells_double_frees_and_what_is_no_block)
{
	unsigned class = mg_class_of(100);
	uintptr_t b[10];
	void *twice[4];

	take_all(class, b, 10);
	cr_expect(zero(u32, put(class, b[3])));
	cr_expect(not(mg_park_is_issued(address(b[3]))));
	cr_expect(eq(u32, put(class, b[3]), 1));
	cr_expect(eq(u32, put(class, b[4] + 16), 1), "inside");
	cr_expect(eq(u32, put(class, (b[0] & ~(MG_SLICE_BYTES - 1)) + 65520), 1), "behind all");
	cr_expect(eq(u32, put(class + 1, b[5]), 1), "of another class");
	twice[0] = twice[2] = address(b[6]);
	twice[1] = twice[3] = address(b[7]);
	cr_expect(eq(u32, mg_park_put(class, twice, 4), 2), "in one batch");
	cr_expect(eq(u64, heap_counts().double_frees, 6));
	cr_expect(eq(u32, mg_slice_record((uint32_t)mg_slice_of(address(b[0])))->free,
	    mg_classes[class].blocks - 7u));
	check_slices();
}

/* A first block that does not start at 0: the bytes before it are none's. */
Test(park, knows_the_bytes_before_the_first_block)
{
	unsigned class = mg_class_of(16);
	uintptr_t b[MG_PARK_MAX_BATCH];

	for (int i = 0; i < 4; i++) {
		uint32_t slice, first;

		take_all(class, b, MG_PARK_MAX_BATCH);
		slice = (uint32_t)mg_slice_of(address(b[0]));
		first = mg_class_first(&mg_classes[class], slice);
		for (uint32_t at = 0; at < first; at += 16) {
			cr_expect(not(mg_park_is_issued(mg_slice_address(slice) + at)));
			cr_expect(eq(u32, put(class, (uintptr_t)mg_slice_address(slice) + at), 1));
		}
		take_all(
		    class, (uintptr_t[MOST]){ 0 }, mg_classes[class].blocks - MG_PARK_MAX_BATCH);
	}
}

Test(park, gives_wholly_free_slices_to_other_classes)
{
	unsigned class = mg_class_of(2048), other = mg_class_of(48);
	unsigned n = mg_classes[class].blocks;
	uintptr_t b[64], c[64];
	uint32_t slice;

	take_all(class, b, n);
	slice = (uint32_t)mg_slice_of(address(b[0]));
	cr_expect(eq(u32, (uint32_t)mg_slice_of(address(b[n - 1])), slice));
	memset(mg_slice_address(slice), 0xff, MG_SLICE_BYTES);
	for (unsigned i = 0; i < n - 1; i++)
		put(class, b[i]);
	cr_expect(eq(u32, mg_region.class[slice], class));
	put(class, b[n - 1]);
	cr_expect(zero(u32, mg_region.class[slice]));
	cr_expect(eq(int, mg_slice_record(slice)->state, MG_SLICE_POOLED));
	take_all(other, c, 64);
	cr_expect(eq(u32, (uint32_t)mg_slice_of(address(c[0])), slice), "resident ones first");
	for (int i = 0; i < 64; i++)
		cr_expect(zero(u64, c[i] & MG_PARK_ZERO), "it is not zero");
	check_slices();
}

Test(park, takes_from_the_fullest_slice)
{
	unsigned class = mg_class_of(4096);
	uintptr_t b[48], c;

	take_all(class, b, 48);
	for (int i = 0; i < 12; i++)
		put(class, b[i]);
	put(class, b[16]);
	for (int i = 32; i < 40; i++)
		put(class, b[i]);
	take_all(class, &c, 1);
	cr_expect(eq(u64, c, b[16] & ~MG_PARK_ZERO));
	take_all(class, &c, 1);
	cr_expect(eq(u64, c, b[32] & ~MG_PARK_ZERO));
}

/* What is resident already can be had, and nothing else. */
Test(park, is_frugal_at_the_ceiling)
{
	unsigned class = mg_class_of(1024);
	uintptr_t b[64];

	take_all(class, b, 6);
	heap_set_ceiling(mg_charge_now());
	cr_expect(eq(u32, mg_park_take(class, b + 6, 50, &why), 2), "the rest of the page");
	cr_expect(zero(u32, mg_park_take(class, b + 8, 50, &why)));
	cr_expect(eq(int, why, MG_SLICE_CEILING));
	cr_expect(zero(u32, mg_park_take(mg_class_of(64), b + 8, 50, &why)));
	cr_expect(eq(int, why, MG_SLICE_CEILING));
	put(class, b[0]);
	cr_expect(eq(u32, mg_park_take(class, b, 50, &why), 1));
	cr_expect(eq(u64, mg_charge_now(), mg_heap_limit()));
	check_slices();
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

	take_all(class, b, c->blocks);
	slice = (uint32_t)mg_slice_of(address(b[0]));
	for (unsigned i = 0; i < c->blocks; i++) {
		memset(address(b[i]), (int)(1 + i % 255), c->bytes);
		issued[i] = i == 0 || roll(&seed) % 100 < keep_of_100;
	}
	for (unsigned i = 0; i < c->blocks; i++)
		if (!issued[i])
			put(class, b[i]);
	want = pages_in_use(slice, c, issued);
	punch_all();
	cr_assert(eq(u32, mg_slice_record(slice)->resident, want), "class %u", class);
	cr_assert(eq(u32, heap_resident_pages(mg_slice_address(slice)), want), "class %u", class);
	for (unsigned i = 0; i < c->blocks; i++)
		if (issued[i])
			cr_assert(heap_is_filled(address(b[i]), (int)(1 + i % 255), c->bytes),
			    "class %u block %u", class, i);
	check_slices();
	for (unsigned i = 0; i < c->blocks; i++)
		if (issued[i])
			put(class, b[i]);
}

Test(park, punches_exactly_the_pages_without_an_issued_byte)
{
	static const unsigned shares[] = { 0, 1, 5, 30, 90 };

	for (unsigned class = 1; class < MG_CLASSES; class ++)
		for (unsigned i = 0; i < ROWS(shares); i++)
			check_punch(class, shares[i], class * 100 + i);
	cr_expect(eq(u64, mg_charge_now(), mg_slice_resident_bytes() + mg_slice_own_bytes()));
}

Test(park, says_that_a_block_is_zero_only_when_it_is)
{
	static uintptr_t held[2000];
	uint64_t seed = 3, zeros = 0;

	for (int i = 0; i < 60000; i++) {
		uint64_t x = roll(&seed);
		unsigned k = (unsigned)(x % ROWS(held));
		unsigned class = 1 + k % (MG_CLASSES - 1);

		if (held[k] == 0) {
			take_all(class, &held[k], 1);
			if ((held[k] & MG_PARK_ZERO) != 0) {
				zeros++;
				cr_assert(
				    heap_is_filled(address(held[k]), 0, mg_classes[class].bytes));
			}
			memset(address(held[k]), 0xee, mg_classes[class].bytes);
		} else {
			put(class, held[k]);
			held[k] = 0;
		}
		if (x % 500 == 0)
			punch_all();
	}
	cr_expect(gt(u64, zeros, 1000));
	check_slices();
}

Test(park, knows_zeros_after_a_punch)
{
	unsigned class = mg_class_of(4096);
	uintptr_t b[16];

	take_all(class, b, 16);
	memset(address(b[0]), 0xff, 16 * 4096);
	for (int i = 4; i < 12; i++)
		put(class, b[i]);
	take_all(class, b + 4, 1);
	cr_expect(zero(u64, b[4] & MG_PARK_ZERO));
	punch_all();
	take_all(class, b + 5, 7);
	for (int i = 5; i < 12; i++)
		cr_expect(eq(u64, b[i] & MG_PARK_ZERO, MG_PARK_ZERO));
}

Test(park, punches_the_pool)
{
	unsigned class = mg_class_of(1024);
	static uintptr_t b[64 * 100];
	uint64_t bytes = 0;
	bool left;

	take_all(class, b, ROWS(b));
	for (unsigned i = 0; i < ROWS(b); i++)
		memset(address(b[i]), 1, 1024);
	for (unsigned i = 0; i < ROWS(b); i++)
		put(class, b[i]);
	cr_expect(eq(u64, mg_slice_resident_bytes(), 100 * MG_SLICE_BYTES));
	cr_expect(eq(u64, heap_resident_bytes(), 100 * MG_SLICE_BYTES));
	do
		bytes += mg_punch_pool(&left);
	while (left);
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

Test(park, takes_and_puts_while_slices_are_detached)
{
	static uintptr_t held[3000];
	pthread_t thread;
	uint64_t seed = 5;

	cr_assert(zero(int, pthread_create(&thread, NULL, punch_until_over, NULL)));
	for (int i = 0; i < 300000; i++) {
		unsigned k = (unsigned)(roll(&seed) % ROWS(held));
		unsigned class = mg_class_of(600 + k % 8 * 1000), bytes = mg_classes[class].bytes;

		if (held[k] == 0) {
			take_all(class, &held[k], 1);
			if ((held[k] & MG_PARK_ZERO) != 0)
				cr_assert(heap_is_filled(address(held[k]), 0, bytes));
			memset(address(held[k]), (int)(k % 255 + 1), bytes);
		} else {
			cr_assert(heap_is_filled(address(held[k]), (int)(k % 255 + 1), bytes));
			cr_assert(zero(u32, put(class, held[k])));
			held[k] = 0;
		}
	}
	atomic_store(&is_over, true);
	pthread_join(thread, NULL);
	check_slices();
	for (unsigned k = 0; k < ROWS(held); k++)
		if (held[k] != 0)
			put(mg_class_of(600 + k % 8 * 1000), held[k]);
	for (uint32_t i = 1; i <= mg_slice_highest(); i++)
		cr_assert(zero(u32, mg_region.class[i]), "slice %u is lost", i);
}

/* By system call: sanitizers leave mlock() out. */
Test(park, leaves_locked_pages_alone)
{
	unsigned class = mg_class_of(4096);
	uintptr_t b[16];
	uint32_t cursor = 0;

	take_all(class, b, 16);
	memset(address(b[0]), 7, 16 * 4096);
	cr_assert(zero(int, (int)syscall(SYS_mlock, address(b[0]), 16 * 4096)));
	for (int i = 1; i < 16; i++)
		put(class, b[i]);
	cr_expect(zero(u64, mg_punch_slices(&cursor, 64)));
	cr_expect(eq(u32, cursor, 65), "it goes on behind them");
	cursor = 0;
	cr_expect(eq(u64, mg_slice_resident_bytes(), 16 * PAGE));
	cr_assert(zero(int, (int)syscall(SYS_munlock, address(b[0]), 16 * 4096)));
	cr_expect(eq(u64, mg_punch_slices(&cursor, 64), 15 * PAGE));
	check_slices();
}
