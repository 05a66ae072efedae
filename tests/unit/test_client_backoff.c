/* SPDX-License-Identifier: MIT */
#include "tools/common/backoff.h"

#include "tests/unit/support.h"

Test(client_backoff, doubles_from_a_tenth_of_a_second_to_half_a_minute)
{
	static const uint64_t want_ms[] = { 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600,
		30000, 30000 };
	uint64_t ns = 0;

	for (size_t i = 0; i < ROWS(want_ms); i++) {
		ns = mg_backoff_next_ns(ns, 0);
		cr_expect(eq(u64, ns, want_ms[i] * MS));
	}
}

Test(client_backoff, starts_anew_after_a_minute_that_went_well)
{
	cr_expect(eq(u64, mg_backoff_next_ns(30 * S, MINUTE), 100 * MS));
	cr_expect(eq(u64, mg_backoff_next_ns(400 * MS, UINT64_MAX), 100 * MS));
	cr_expect(eq(u64, mg_backoff_next_ns(400 * MS, MINUTE - 1), 800 * MS));
}
