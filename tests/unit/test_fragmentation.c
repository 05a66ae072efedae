/* SPDX-License-Identifier: MIT */
#include "tests/unit/support.h"

#define OFF                                                                 \
	{                                                                   \
		MG_ACT_NONE, "fragmentation is off", false, MG_POLICY_NEVER \
	}
#define SMALL                                                        \
	{                                                            \
		MG_ACT_NONE, "heap is small", false, MG_POLICY_NEVER \
	}
#define LITTLE                                                                         \
	{                                                                              \
		MG_ACT_NONE, "little of the footprint is free", false, MG_POLICY_NEVER \
	}
#define MUCH                                                              \
	{                                                                 \
		MG_ACT_COMPACT, "much of the footprint is free", false, 0 \
	}

/* fragmentation is 50 %: of 100M that is 50M, over below 37.5M. */
#define HEAP(cached, parked)                                                           \
	{                                                                              \
		.now_ns = 7, .heap_footprint_bytes = 100 * MB, .cached_bytes = cached, \
		.parked_bytes = parked                                                 \
	}

Test(fragmentation, acts_when_much_of_the_footprint_is_free)
{
	static const struct support_row rows[] = {
		{ "disabled", "fragmentation=0", HEAP(0, 100 * MB), { .since_ns = 3 }, OFF, 0 },
		{ "nothing free", NULL, HEAP(0, 0), { 0 }, LITTLE, 0 },
		{ "a byte short", NULL, HEAP(0, 50 * MB - 1), { 0 }, LITTLE, 0 },
		{ "equal, parked", NULL, HEAP(0, 50 * MB), { 0 }, MUCH, 7 },
		{ "equal, cached", NULL, HEAP(50 * MB, 0), { 0 }, MUCH, 7 },
		{ "equal, both", NULL, HEAP(20 * MB, 30 * MB), { 0 }, MUCH, 7 },
		{ "both, a byte short", NULL, HEAP(20 * MB, 30 * MB - 1), { 0 }, LITTLE, 0 },
		{ "share of the user", "fragmentation=10%", HEAP(0, 10 * MB), { 0 }, MUCH, 7 },
		{ "overflow of the sum", NULL, HEAP(UINT64_MAX, UINT64_MAX), { 0 }, MUCH, 7 },
		{ "overflow of the footprint", NULL,
		    { .now_ns = 7, .heap_footprint_bytes = UINT64_MAX }, { 0 }, LITTLE, 0 },
	};

	support_check_policy(mg_policy_fragmentation, rows, ROWS(rows));
}

Test(fragmentation, leaves_small_heaps_alone)
{
	static const struct support_row rows[] = {
		{ "64M", NULL,
		    { .now_ns = 7, .heap_footprint_bytes = 64 * MB, .parked_bytes = 64 * MB },
		    { .since_ns = 3 }, SMALL, 0 },
		{ "a byte more", NULL,
		    { .now_ns = 7, .heap_footprint_bytes = 64 * MB + 1, .parked_bytes = 64 * MB },
		    { 0 }, MUCH, 7 },
		{ "empty", NULL, { .now_ns = 7 }, { 0 }, SMALL, 0 },
	};

	support_check_policy(mg_policy_fragmentation, rows, ROWS(rows));
}

Test(fragmentation, ends_at_three_quarters_of_the_mark)
{
	static const struct support_row rows[] = {
		{ "wavers", NULL, HEAP(0, 50 * MB - 1), { .since_ns = 3 }, MUCH, 3 },
		{ "nearly over", NULL, HEAP(0, 75 * MB / 2), { .since_ns = 3 }, MUCH, 3 },
		{ "is over", NULL, HEAP(0, 75 * MB / 2 - 1), { .since_ns = 3 }, LITTLE, 0 },
	};

	support_check_policy(mg_policy_fragmentation, rows, ROWS(rows));
}

Test(fragmentation, is_content_with_half_when_the_system_is_short_of_memory)
{
	static const struct support_row rows[] = {
		{ "relaxed", NULL,
		    { .now_ns = 7,
			.system_used_pct = 84,
			.heap_footprint_bytes = 100 * MB,
			.parked_bytes = 25 * MB },
		    { 0 }, LITTLE, 0 },
		{ "eager", NULL,
		    { .now_ns = 7,
			.system_used_pct = 85,
			.heap_footprint_bytes = 100 * MB,
			.parked_bytes = 25 * MB },
		    { 0 }, MUCH, 7 },
		{ "eager, a byte short", NULL,
		    { .now_ns = 7,
			.system_used_pct = 85,
			.heap_footprint_bytes = 100 * MB,
			.parked_bytes = 25 * MB - 1 },
		    { 0 }, LITTLE, 0 },
		{ "eager with the least share", "fragmentation=1%",
		    { .now_ns = 7,
			.system_used_pct = 85,
			.heap_footprint_bytes = 100 * MB,
			.parked_bytes = MB / 2 - 1 },
		    { 0 }, LITTLE, 0 },
	};

	support_check_policy(mg_policy_fragmentation, rows, ROWS(rows));
}
