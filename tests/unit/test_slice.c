/* SPDX-License-Identifier: MIT */
#include "shim/heap/slice.h"

#include "shim/heap/charge.h"
#include "shim/heap/pool.h"
#include "tests/unit/heap_support.h"

TestSuite(slice, .init = heap_use_park);

static enum mg_slice_failure why;

static uint32_t
take(uint32_t n)
{
	uint32_t first = mg_slice_take(n, MG_SLICE_PAGES, &why);

	cr_expect(eq(int, why, MG_SLICE_OK));
	cr_assert(gt(u32, first, 0));
	return first;
}

static void
charge(uint32_t slice, uint16_t pages)
{
	cr_assert(mg_slice_charge(mg_slice_record(slice), pages, false));
}

/* Runs of the pool are written at both ends, and no two neighbours are of one kind, unless they are
 * short. Pages: the bits are what is charged. */
static void
check_pool(void)
{
	uint64_t pages = 0;

	for (uint32_t i = 1; i <= mg_slice_highest(); i++)
		pages += (uint64_t)__builtin_popcount(mg_slice_record(i)->resident);
	cr_expect(eq(u64, pages * PAGE, mg_slice_resident_bytes()));
	cr_expect(eq(u64, mg_charge_now(), mg_slice_resident_bytes() + mg_slice_own_bytes()));
	for (uint32_t i = 1, n; i <= mg_slice_highest(); i += n) {
		struct mg_slice *s = mg_slice_record(i), *next, *last;
		bool resident = false;

		n = 1;
		if (s->state != MG_SLICE_POOLED)
			continue;
		n = s->run;
		next = mg_slice_record(i + n < mg_region_slices() ? i + n : i);
		last = mg_slice_record(i + n - 1);
		cr_assert(n > 0 && i + n - 1 <= mg_slice_highest(), "run at %u", i);
		cr_assert(eq(u32, last->run, n), "run at %u", i);
		cr_assert(eq(u32, last->shelf, s->shelf), "run at %u", i);
		cr_assert(next == s || next->state != MG_SLICE_POOLED || next->shelf != s->shelf ||
			      s->shelf == MG_POOL_SHORT,
		    "run at %u", i);
		cr_assert(s->shelf != MG_POOL_SHORT || mg_pool_is_short(n, last->resident),
		    "run at %u", i);
		for (uint32_t k = 0; k < n; k++) {
			const struct mg_slice *inner = mg_slice_record(i + k);

			resident = resident || inner->resident != 0;
			cr_assert(k == 0 || k == n - 1 || inner->state != MG_SLICE_POOLED);
		}
		cr_assert(s->shelf != 0 || !resident, "run at %u", i);
	}
}

Test(slice, lies_in_one_aligned_region)
{
	uint32_t a = take(1);
	char *p = mg_slice_address(a);

	cr_expect(zero(sz, mg_region.base % (64 * MB)));
	cr_expect(eq(sz, mg_slice_of(p), a));
	cr_expect(eq(sz, mg_slice_of(p + MG_SLICE_BYTES - 1), a));
	cr_expect(eq(sz, mg_slice_of(p + MG_SLICE_BYTES), a + 1));
	cr_expect(ge(sz, mg_slice_of(NULL), mg_region_slices()));
	cr_expect(ge(sz, mg_slice_of((char *)mg_region.base - 1), mg_region_slices()));
	cr_expect(
	    eq(sz, mg_slice_of((void *)(mg_region.base + (mg_region_slices() << MG_SLICE_SHIFT))),
		mg_region_slices()));
	cr_expect(le(u32, a, mg_slice_highest()));
	p[0] = p[MG_SLICE_BYTES - 1] = 1;
}

Test(slice, joins_what_was_given_back)
{
	uint32_t a = take(1), b = take(2), c = take(3), d = take(1);

	cr_expect(eq(u32, b, a + 1));
	cr_expect(eq(u32, c, b + 2));
	cr_expect(eq(u32, d, c + 3));
	mg_slice_give(c, 3);
	mg_slice_give(a, 1);
	check_pool();
	mg_slice_give(b, 2);
	check_pool();
	cr_expect(eq(u32, take(6), a));
	mg_slice_give(a, 6);
	mg_slice_give(d, 1);
	check_pool();
	cr_expect(eq(u32, take(1), a));
}

Test(slice, prefers_resident_ones_and_the_shortest_run)
{
	uint32_t a = take(8), held = take(1), b = take(2), held2 = take(1);

	charge(a + 5, 1);
	charge(b, 2);
	mg_slice_give(a, 8);
	mg_slice_give(b, 2);
	check_pool();
	cr_expect(eq(u32, take(2), b), "shorter");
	cr_expect(eq(u32, take(2), a), "resident, though later");
	mg_slice_give(held, 1);
	mg_slice_give(held2, 1);
	check_pool();
}

Test(slice, keeps_short_ones_for_those_who_want_no_more)
{
	uint32_t a = take(1), b = take(3), c = take(1), held = take(1);

	charge(a, 0xffff);
	charge(b, 0xffff);
	charge(b + 2, 0x01ff);
	charge(c, 0x03ff);
	mg_slice_give(a, 1);
	mg_slice_give(b, 3);
	mg_slice_give(c, 1);
	check_pool();
	cr_expect(eq(u32, mg_slice_take(1, 10, &why), c));
	cr_expect(eq(u32, mg_slice_take(3, 9, &why), b));
	mg_slice_give(b, 3);
	mg_slice_give(c, 1);
	cr_expect(eq(u32, mg_slice_take(1, 16, &why), a));
	mg_slice_give(a, 1);
	cr_expect(eq(u32, take(5), a), "joined, because there is no other");
	mg_slice_give(a, 5);
	mg_slice_give(held, 1);
	check_pool();
}

Test(slice, takes_out_what_is_to_be_punched)
{
	uint32_t a = take(8), n = 3, b = take(1);

	cr_expect(zero(u32, mg_slice_take_resident(&n)));
	charge(a + 7, 0x8001);
	mg_slice_give(a, 8);
	cr_expect(eq(u32, mg_slice_take_resident(&n), a));
	cr_expect(eq(u32, n, 3));
	mg_slice_give(a, 3);
	check_pool();
	n = 64;
	cr_expect(eq(u32, mg_slice_take_resident(&n), a + 3), "the first three are punched now");
	cr_expect(eq(u32, n, 5));
	cr_expect(eq(u32, mg_slice_uncharge(mg_slice_record(a + 7), UINT16_MAX), 2));
	mg_slice_give(a + 3, 5);
	mg_slice_give(b, 1);
	check_pool();
	n = 64;
	cr_expect(zero(u32, mg_slice_take_resident(&n)));
}

Test(slice, grows_into_what_is_behind)
{
	uint32_t a = take(2), b = take(4), c = take(1);

	cr_expect(not(mg_slice_extend(a, 1)));
	mg_slice_give(b, 4);
	cr_expect(not(mg_slice_extend(a, 5)));
	cr_expect(eq(u32, mg_slice_record(a)->run, 2));
	cr_expect(mg_slice_extend(a, 3));
	cr_expect(eq(u32, mg_slice_record(a)->run, 5));
	check_pool();
	cr_expect(mg_slice_extend(a, 1));
	cr_expect(not(mg_slice_extend(a, 1)), "held");
	mg_slice_give(a, 6);
	mg_slice_give(c, 1);
	check_pool();
}

Test(slice, charges_each_page_once)
{
	uint32_t a = take(1);
	struct mg_slice *s = mg_slice_record(a);
	uint64_t before = mg_charge_now();

	charge(a, 0x00f0);
	charge(a, 0x00ff);
	cr_expect(eq(u64, mg_charge_now(), before + 8 * PAGE));
	cr_expect(eq(u32, mg_slice_uncharge(s, 0x0f0f), 4));
	cr_expect(eq(u64, mg_charge_now(), before + 4 * PAGE));
	cr_expect(eq(u32, s->resident, 0x00f0));
	cr_expect(zero(u32, mg_slice_uncharge(s, 0xff0f)));
	mg_heap_configure(mg_charge_now() + 3 * PAGE, 0);
	cr_expect(not(mg_slice_charge(s, 0x000f, true)));
	cr_expect(eq(u32, s->resident, 0x00f0));
	cr_expect(eq(u64, mg_charge_now(), before + 4 * PAGE));
	cr_expect(mg_slice_charge(s, 0x00f7, true));
	check_pool();
}

Test(slice, charges_its_records_by_the_page)
{
	uint64_t own;
	uint32_t a = take(1);

	own = mg_slice_own_bytes();
	take(100);
	cr_expect(ge(u64, mg_slice_own_bytes() - own, PAGE));
	cr_expect(le(u64, mg_slice_own_bytes() - own, 3 * PAGE));
	own = mg_slice_own_bytes();
	mg_slice_give(a, 1);
	take(1);
	cr_expect(eq(u64, mg_slice_own_bytes(), own));
	heap_set_ceiling(mg_charge_now());
	cr_expect(zero(u32, mg_slice_take(400, MG_SLICE_PAGES, &why)));
	cr_expect(eq(int, why, MG_SLICE_CEILING));
	cr_expect(le(u64, mg_charge_now(), mg_heap_limit()));
	check_pool();
}

Test(slice, asks_for_more_when_a_span_is_used_up)
{
	uint32_t a = take(900), b = take(900), c = take(100);

	cr_expect(a + 900 <= b || b + 900 <= a);
	cr_expect(c + 100 <= b || c >= b + 900);
	cr_expect(ge(u32, mg_slice_highest(), 1801));
	mg_slice_address(b)[900 * MG_SLICE_BYTES - 1] = 1;
	check_pool();
	cr_expect(zero(u32, mg_slice_take(5000, MG_SLICE_PAGES, &why)), "more than a span");
	cr_expect(eq(int, why, MG_SLICE_SYSTEM));
}

#define HELD 40

/* Takes, gives, extends, charges and uncharges as the dice say, against a plain list of who holds
 * what. */
Test(slice, agrees_with_a_list)
{
	static uint8_t holder[65536];
	struct {
		uint32_t first, n;
	} held[HELD] = { 0 };
	uint64_t seed = 1;

	for (int i = 0; i < 20000; i++) {
		uint64_t x = seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		unsigned k = (unsigned)(x >> 33) % HELD;
		uint32_t n = 1 + (uint32_t)(x >> 40) % ((x >> 50) % 4 == 0 ? 60 : 5);

		if (held[k].n == 0) {
			held[k].first = take(n);
			held[k].n = n;
			for (uint32_t j = 0; j < n; j++)
				cr_assert(zero(u32, holder[held[k].first + j]++), "taken twice");
		} else if ((x >> 60) % 4 == 0) {
			mg_slice_record(held[k].first)->run = held[k].n;
			if (mg_slice_extend(held[k].first, n))
				for (uint32_t j = 0; j < n; j++)
					cr_assert(zero(u32, holder[held[k].first + held[k].n++]++));
		} else if ((x >> 60) % 4 == 1) {
			charge(held[k].first + n % held[k].n, (uint16_t)(x >> 36));
		} else {
			for (uint32_t j = 0; j < held[k].n; j++) {
				holder[held[k].first + j]--;
				if (j % 2 == 0)
					mg_slice_uncharge(
					    mg_slice_record(held[k].first + j), UINT16_MAX);
			}
			mg_slice_give(held[k].first, held[k].n);
			held[k].n = 0;
		}
		if (i % 50 == 0)
			check_pool();
	}
	for (int k = 0; k < HELD; k++)
		if (held[k].n != 0)
			mg_slice_give(held[k].first, held[k].n);
	check_pool();
}
