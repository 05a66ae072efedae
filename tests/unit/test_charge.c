/* SPDX-License-Identifier: MIT */
#include "shim/heap/charge.h"

#include "tests/unit/support.h"

/* Charges up to `bytes`, whatever is charged already. */
static void
charge_up_to(uint64_t bytes)
{
	uint64_t need = bytes - mg_charge_now();

	cr_assert(eq(u64, mg_charge_take(need, 0, false), need));
}

Test(charge, starts_without_a_ceiling)
{
	cr_expect(zero(u64, mg_charge_limit()));
	cr_expect(zero(u64, mg_charge_now()));
	cr_expect(eq(u64, mg_charge_room(false), UINT64_MAX));
	cr_expect(eq(u64, mg_charge_take(UINT64_MAX - 1, 0, false), UINT64_MAX - 1));
	cr_expect(eq(u64, mg_charge_take(2, 0, false), 0), "the sum would overflow");
	cr_expect(eq(u64, mg_charge_take(UINT64_MAX, UINT64_MAX, true), 0));
	cr_expect(eq(u64, mg_charge_take(1, UINT64_MAX, false), 1));
	cr_expect(eq(u64, mg_charge_now(), UINT64_MAX));
	mg_charge_give(UINT64_MAX);
	cr_expect(zero(u64, mg_charge_now()));
	cr_expect(eq(u64, mg_charge_peak(), UINT64_MAX));
}

Test(charge, is_exact_at_the_ceiling)
{
	mg_charge_configure(MB, 0);
	cr_expect(zero(u64, mg_charge_take(MB + 1, 0, false)));
	cr_expect(zero(u64, mg_charge_take(UINT64_MAX, UINT64_MAX, false)));
	cr_expect(zero(u64, mg_charge_now()));
	cr_expect(eq(u64, mg_charge_take(MB - 1, 0, false), MB - 1));
	cr_expect(zero(u64, mg_charge_take(2, 0, false)));
	cr_expect(eq(u64, mg_charge_room(false), 1));
	cr_expect(eq(u64, mg_charge_take(1, 0, false), 1));
	cr_expect(zero(u64, mg_charge_take(1, 0, false)));
	cr_expect(zero(u64, mg_charge_room(false)));
	mg_charge_give(1);
	cr_expect(eq(u64, mg_charge_take(1, 100, false), 1));
	cr_expect(eq(u64, mg_charge_now(), MB));
	cr_expect(eq(u64, mg_charge_peak(), MB));
}

Test(charge, cuts_the_batch_near_the_ceiling)
{
	mg_charge_configure(MB, 0);
	cr_expect(eq(u64, mg_charge_take(100, 1000, false), 1100));
	charge_up_to(MB - 500);
	cr_expect(eq(u64, mg_charge_take(100, 1000, false), 500));
	cr_expect(eq(u64, mg_charge_now(), MB));
}

Test(charge, remembers_the_peak_of_what_was_charged)
{
	mg_charge_configure(MB, 0);
	mg_charge_take(1000, 24, false);
	mg_charge_give(1000);
	mg_charge_take(500, 0, false);
	mg_charge_take(2 * MB, 0, false);
	cr_expect(eq(u64, mg_charge_now(), 524));
	cr_expect(eq(u64, mg_charge_peak(), 1024));
}

/* 8 MiB with a reserve of 64 KiB. */
#define LIMIT (8 * MB)
#define RESERVE (64 * KB)

Test(charge, keeps_the_reserve_until_a_refusal)
{
	mg_charge_configure(LIMIT, RESERVE);
	charge_up_to(LIMIT - RESERVE);
	cr_expect(zero(u64, mg_charge_take(1, 0, true)));
	cr_expect(zero(u64, mg_charge_room(true)));
	mg_charge_open_reserve();
	cr_expect(zero(u64, mg_charge_take(1, 0, false)), "not for large ones");
	cr_expect(zero(u64, mg_charge_room(false)));
	cr_expect(eq(u64, mg_charge_room(true), RESERVE));
	cr_expect(eq(u64, mg_charge_take(RESERVE, 1000, true), RESERVE));
	cr_expect(zero(u64, mg_charge_take(1, 0, true)));
	cr_expect(eq(u64, mg_charge_peak(), LIMIT));
}

Test(charge, closes_the_reserve_when_as_much_is_free_below_it)
{
	mg_charge_configure(LIMIT, RESERVE);
	charge_up_to(LIMIT - RESERVE);
	mg_charge_open_reserve();
	mg_charge_take(RESERVE, 0, true);
	mg_charge_give(2 * RESERVE);
	cr_expect(eq(u64, mg_charge_room(true), 2 * RESERVE), "exactly as much: still open");
	mg_charge_give(1);
	cr_expect(eq(u64, mg_charge_room(true), RESERVE + 1), "closed");
	charge_up_to(LIMIT - RESERVE);
	cr_expect(zero(u64, mg_charge_take(1, 0, true)));
}

Test(charge, cuts_the_reserve_to_an_eighth)
{
	static const struct {
		uint64_t limit, reserve, room;
	} rows[] = {
		{ 8 * MB, 0, 8 * MB },
		{ 8 * MB, MB - 1, 7 * MB + 1 },
		{ 8 * MB, MB, 7 * MB },
		{ 8 * MB, GB, 7 * MB },
		{ 8 * MB, UINT64_MAX, 7 * MB },
		{ 7, 1, 7 },
		{ UINT64_MAX - 1, GB, UINT64_MAX - 1 - GB },
		{ 0, GB, UINT64_MAX },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		mg_charge_configure(rows[i].limit, rows[i].reserve);
		cr_expect(eq(u64, mg_charge_room(false), rows[i].room), "row %zu", i);
		cr_expect(eq(u64, mg_charge_limit(), rows[i].limit), "row %zu", i);
	}
}

Test(charge, takes_a_limit_below_what_is_charged)
{
	mg_charge_configure(LIMIT, 0);
	charge_up_to(LIMIT);
	mg_charge_configure(MB, 0);
	cr_expect(zero(u64, mg_charge_room(false)));
	cr_expect(zero(u64, mg_charge_take(1, 0, false)));
	cr_expect(zero(u64, mg_charge_batch(1)));
	mg_charge_give(7 * MB);
	cr_expect(zero(u64, mg_charge_take(1, 0, false)));
	mg_charge_give(1);
	cr_expect(eq(u64, mg_charge_take(1, 0, false), 1));
	mg_charge_configure(0, 0);
	cr_expect(eq(u64, mg_charge_take(LIMIT, 0, false), LIMIT));
}

/* Blocks have 16 bytes at least, so the byte that the freeze leaves is no block's. */
Test(charge, freezes_growth)
{
	mg_charge_configure(0, 0);
	charge_up_to(MB);
	mg_charge_freeze(true);
	cr_expect(zero(u64, mg_charge_take(16, 0, false)));
	cr_expect(zero(u64, mg_charge_take(16, 0, true)));
	cr_expect(le(u64, mg_charge_room(false), 1));
	mg_charge_give(1000);
	cr_expect(eq(u64, mg_charge_take(1000, 0, false), 1000), "no growth");
	mg_charge_freeze(false);
	cr_expect(eq(u64, mg_charge_take(MB, 0, false), MB));
}

Test(charge, freezes_when_nothing_is_charged_too)
{
	mg_charge_freeze(true);
	cr_expect(zero(u64, mg_charge_take(16, 0, false)));
	cr_expect(ne(u64, mg_charge_room(false), UINT64_MAX));
}

Test(charge, never_lifts_the_ceiling_by_a_freeze)
{
	mg_charge_configure(LIMIT, RESERVE);
	charge_up_to(LIMIT - RESERVE);
	mg_charge_open_reserve();
	mg_charge_freeze(true);
	cr_expect(eq(u64, mg_charge_room(true), RESERVE));
	cr_expect(zero(u64, mg_charge_room(false)));
	mg_charge_take(RESERVE, RESERVE, true);
	cr_expect(eq(u64, mg_charge_peak(), LIMIT));
}

Test(charge, shrinks_batches_with_threads_and_room)
{
	static const uint64_t threads[] = { 0, 1, 2, 7, 1000, UINT64_MAX };
	uint64_t most = mg_charge_batch(1);

	cr_expect(gt(u64, most, 4 * KB));
	cr_expect(eq(u64, mg_charge_batch(1000), most), "nothing bounds it");
	mg_charge_configure(LIMIT, 0);
	for (size_t i = 0; i < ROWS(threads); i++)
		cr_expect(le(u64, mg_charge_batch(threads[i]),
			      LIMIT / 128 / (threads[i] > 0 ? threads[i] : 1)),
		    "row %zu", i);
	cr_expect(eq(u64, mg_charge_batch(0), mg_charge_batch(1)));
	cr_expect(eq(u64, mg_charge_batch(4), LIMIT / 128 / 4));
	charge_up_to(LIMIT - 800);
	cr_expect(eq(u64, mg_charge_batch(1), 100));
	cr_expect(eq(u64, mg_charge_batch(10), 10));
	charge_up_to(LIMIT);
	cr_expect(zero(u64, mg_charge_batch(1)));
}

/* Every thread may hold two batches; all of them together stay below 1/64. */
Test(charge, bounds_all_unspent_credit)
{
	for (uint64_t limit = MB; limit <= 64 * 1024 * GB; limit *= 16) {
		mg_charge_configure(limit, 0);
		for (uint64_t n = 1; n <= 10000; n *= 10)
			cr_expect(le(u64, 2 * n * mg_charge_batch(n), limit / 64));
	}
}
