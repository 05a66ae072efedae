/* SPDX-License-Identifier: MIT */
#include "tests/unit/support.h"

#define OFF                                                                   \
	{                                                                     \
		MG_ACT_NONE, "no ceiling or no level", false, MG_POLICY_NEVER \
	}
#define WITHIN                                                                     \
	{                                                                          \
		MG_ACT_NONE, "footprint within heap_level", false, MG_POLICY_NEVER \
	}
#define ABOVE                                                          \
	{                                                              \
		MG_ACT_COMPACT, "footprint above heap_level", false, 0 \
	}
#define CLOSE                                                             \
	{                                                                 \
		MG_ACT_COMPACT, "footprint close to the ceiling", true, 0 \
	}

/* heap_level is 80 %: of 1000M that is 800M, urgent above 900M, over at 750M. */
#define HEAP(footprint)                                                                       \
	{                                                                                     \
		.now_ns = 7, .heap_limit_bytes = 1000 * MB, .heap_footprint_bytes = footprint \
	}

Test(level, acts_above_its_share_of_the_ceiling)
{
	static const struct support_row rows[] = {
		{ "no ceiling", NULL, { .now_ns = 7, .heap_footprint_bytes = UINT64_MAX },
		    { .since_ns = 3 }, OFF, 0 },
		{ "disabled", "heap_level=0", HEAP(1000 * MB), { .since_ns = 3 }, OFF, 0 },
		{ "empty", NULL, HEAP(0), { 0 }, WITHIN, 0 },
		{ "equal", NULL, HEAP(800 * MB), { 0 }, WITHIN, 0 },
		{ "a byte above", NULL, HEAP(800 * MB + 1), { 0 }, ABOVE, 7 },
		{ "halfway to the ceiling", NULL, HEAP(900 * MB), { 0 }, ABOVE, 7 },
		{ "above halfway", NULL, HEAP(900 * MB + 1), { 0 }, CLOSE, 7 },
		{ "at the ceiling", NULL, HEAP(1000 * MB), { 0 }, CLOSE, 7 },
		{ "level of the user", "heap_level=10%", HEAP(100 * MB + 1), { 0 }, ABOVE, 7 },
		{ "level is the ceiling", "heap_level=100%", HEAP(1000 * MB), { 0 }, WITHIN, 0 },
		{ "ceiling lowered under the heap", "heap_level=100%", HEAP(1000 * MB + 1), { 0 },
		    CLOSE, 7 },
	};

	support_check_policy(mg_policy_level, rows, ROWS(rows));
}

Test(level, survives_numbers_at_the_end_of_their_range)
{
	static const struct support_row rows[] = {
		{ "everything", NULL,
		    { .now_ns = 7,
			.heap_limit_bytes = UINT64_MAX,
			.heap_footprint_bytes = UINT64_MAX },
		    { 0 }, CLOSE, 7 },
		{ "below the level", NULL,
		    { .now_ns = 7,
			.heap_limit_bytes = UINT64_MAX,
			.heap_footprint_bytes = UINT64_MAX / 100 * 80 },
		    { 0 }, WITHIN, 0 },
		{ "above the level", NULL,
		    { .now_ns = 7,
			.heap_limit_bytes = UINT64_MAX,
			.heap_footprint_bytes = UINT64_MAX / 100 * 80 + 100 },
		    { 0 }, ABOVE, 7 },
		{ "level is the ceiling", "heap_level=100%",
		    { .now_ns = 7,
			.heap_limit_bytes = UINT64_MAX,
			.heap_footprint_bytes = UINT64_MAX },
		    { 0 }, WITHIN, 0 },
	};

	support_check_policy(mg_policy_level, rows, ROWS(rows));
}

Test(level, ends_a_quarter_of_the_way_below_the_level)
{
	static const struct support_row rows[] = {
		{ "wavers", NULL, HEAP(800 * MB), { .since_ns = 3 }, ABOVE, 3 },
		{ "nearly over", NULL, HEAP(750 * MB + 1), { .since_ns = 3 }, ABOVE, 3 },
		{ "is over", NULL, HEAP(750 * MB), { .since_ns = 3 }, WITHIN, 0 },
		{ "urgent again", NULL, HEAP(901 * MB), { .since_ns = 3 }, CLOSE, 3 },
	};

	support_check_policy(mg_policy_level, rows, ROWS(rows));
}
