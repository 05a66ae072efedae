/* SPDX-License-Identifier: MIT */
#include "tests/unit/support.h"

#define OFF                                                            \
	{                                                              \
		MG_ACT_NONE, "released is off", false, MG_POLICY_NEVER \
	}
#define ENOUGH                                                    \
	{                                                         \
		MG_ACT_COMPACT, "enough bytes released", false, 0 \
	}
#define FEW(next)                                                     \
	{                                                             \
		MG_ACT_NONE, "not enough bytes released", false, next \
	}

Test(released, acts_when_enough_was_released)
{
	static const struct support_row rows[] = {
		{ "disabled", "released=0",
		    { .now_ns = 7, .released_since_compact_bytes = UINT64_MAX }, { .since_ns = 3 },
		    OFF, 0 },
		{ "nothing", NULL, { .now_ns = 7, .last_compact_age_ms = 1000 }, { 0 },
		    FEW(MG_POLICY_NEVER), 0 },
		{ "equal", NULL, { .now_ns = 7, .released_since_compact_bytes = 500 * MB }, { 0 },
		    ENOUGH, 7 },
		{ "overflow", NULL, { .now_ns = 7, .released_since_compact_bytes = UINT64_MAX },
		    { .since_ns = 3 }, ENOUGH, 3 },
		{ "starts again", NULL, { .now_ns = 7 }, { .since_ns = 3 }, FEW(MG_POLICY_NEVER),
		    0 },
		{ "of the user", "released=1M", { .now_ns = 7, .released_since_compact_bytes = MB },
		    { 0 }, ENOUGH, 7 },
	};

	support_check_policy(mg_policy_released, rows, ROWS(rows));
}

/* At the pace since the last compaction. */
Test(released, says_when_it_will_be_enough)
{
	static const struct support_row rows[] = {
		{ "half of it in 10 s", NULL,
		    { .now_ns = 7,
			.released_since_compact_bytes = 250 * MB,
			.last_compact_age_ms = 10000 },
		    { 0 }, FEW(10 * S), 0 },
		{ "a fifth of it in 10 s", NULL,
		    { .now_ns = 7,
			.released_since_compact_bytes = 100 * MB,
			.last_compact_age_ms = 10000 },
		    { 0 }, FEW(40 * S), 0 },
		{ "a byte is missing", NULL,
		    { .now_ns = 7,
			.released_since_compact_bytes = 500 * MB - 1,
			.last_compact_age_ms = 600000 },
		    { 0 }, FEW(1144), 0 },
		{ "no pace yet", NULL, { .now_ns = 7, .released_since_compact_bytes = 100 * MB },
		    { 0 }, FEW(MG_POLICY_NEVER), 0 },
		{ "a pace beyond all numbers", "released=64T",
		    { .now_ns = 7,
			.released_since_compact_bytes = 1,
			.last_compact_age_ms = UINT64_MAX },
		    { 0 }, FEW(MG_POLICY_NEVER), 0 },
	};

	support_check_policy(mg_policy_released, rows, ROWS(rows));
}

Test(released, is_content_with_half_when_the_system_is_short_of_memory)
{
	static const struct support_row rows[] = {
		{ "relaxed", NULL,
		    { .now_ns = 7,
			.system_used_pct = 84,
			.released_since_compact_bytes = 250 * MB,
			.last_compact_age_ms = 1000 },
		    { 0 }, FEW(S), 0 },
		{ "eager", NULL,
		    { .now_ns = 7,
			.system_used_pct = 85,
			.released_since_compact_bytes = 250 * MB },
		    { 0 }, ENOUGH, 7 },
		{ "eager, a byte short", NULL,
		    { .now_ns = 7,
			.system_used_pct = 85,
			.released_since_compact_bytes = 250 * MB - 1,
			.last_compact_age_ms = 0 },
		    { 0 }, FEW(MG_POLICY_NEVER), 0 },
		{ "eager and off", "released=0", { .now_ns = 7, .system_used_pct = 100 }, { 0 },
		    OFF, 0 },
	};

	support_check_policy(mg_policy_released, rows, ROWS(rows));
}
