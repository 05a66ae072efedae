/* SPDX-License-Identifier: MIT */
#include "tests/unit/support.h"

/* Something can be given back, but not much. */
#define ROOM .heap_footprint_bytes = 100 * MB, .parked_bytes = 8 * MB

#define CALM                                                             \
	{                                                                \
		MG_ACT_NONE, "system has memory", false, MG_POLICY_NEVER \
	}
#define NOTHING                                                             \
	{                                                                   \
		MG_ACT_NONE, "nothing to give back", false, MG_POLICY_NEVER \
	}
#define WARN_MUCH                                                          \
	{                                                                  \
		MG_ACT_COMPACT, "system memory above system_warn", true, 0 \
	}
#define WARN                                                                \
	{                                                                   \
		MG_ACT_COMPACT, "system memory above system_warn", false, 0 \
	}
#define STALL                                                    \
	{                                                        \
		MG_ACT_COMPACT, "tasks wait for memory", true, 0 \
	}
#define CRITICAL                                                                          \
	{                                                                                 \
		MG_ACT_COMPACT_AGGRESSIVE, "system memory above system_critical", true, 0 \
	}
#define CRITICAL_AGAIN                                                                     \
	{                                                                                  \
		MG_ACT_COMPACT_AGGRESSIVE, "system memory above system_critical", false, 0 \
	}

Test(pressure, is_calm_eager_and_aggressive_in_turn)
{
	static const struct support_row rows[] = {
		{ "unknown", NULL, { ROOM, .now_ns = 1 }, { 0 }, CALM, 0 },
		{ "below", NULL, { ROOM, .now_ns = 1, .system_used_pct = 84 }, { 0 }, CALM, 0 },
		{ "equal to warn", NULL, { ROOM, .now_ns = 7, .system_used_pct = 85 }, { 0 }, WARN,
		    7 },
		{ "below critical", NULL, { ROOM, .now_ns = 7, .system_used_pct = 94 }, { 0 }, WARN,
		    7 },
		{ "equal to critical", NULL, { ROOM, .now_ns = 7, .system_used_pct = 95 }, { 0 },
		    CRITICAL, 7 },
		{ "overflow", NULL,
		    { ROOM, .now_ns = 7, .system_used_pct = UINT64_MAX, .stall_pct = UINT64_MAX },
		    { 0 }, CRITICAL, 7 },
		{ "marks of the user", "system_warn=10% system_critical=20%",
		    { ROOM, .now_ns = 7, .system_used_pct = 9 }, { 0 }, CALM, 0 },
		{ "warn of the user", "system_warn=10% system_critical=20%",
		    { ROOM, .now_ns = 7, .system_used_pct = 10 }, { 0 }, WARN, 7 },
		{ "equal marks", "system_warn=90% system_critical=90%",
		    { ROOM, .now_ns = 7, .system_used_pct = 90 }, { 0 }, CRITICAL, 7 },
		{ "below equal marks", "system_warn=90% system_critical=90%",
		    { ROOM, .now_ns = 7, .system_used_pct = 89 }, { .since_ns = 3 }, CALM, 0 },
	};

	support_check_policy(mg_policy_pressure, rows, ROWS(rows));
}

Test(pressure, counts_stalls_but_never_as_a_reason_to_swap)
{
	static const struct support_row rows[] = {
		{ "a stall short of warn", NULL,
		    { ROOM, .now_ns = 7, .system_used_pct = 80, .stall_pct = 4 }, { 0 }, CALM, 0 },
		{ "a stall up to warn", NULL,
		    { ROOM, .now_ns = 7, .system_used_pct = 80, .stall_pct = 5 }, { 0 }, WARN, 7 },
		{ "a stall short of critical", NULL,
		    { ROOM, .now_ns = 7, .system_used_pct = 80, .stall_pct = 14 }, { 0 }, WARN, 7 },
		{ "a stall up to critical", NULL,
		    { ROOM, .now_ns = 7, .system_used_pct = 80, .stall_pct = 15 }, { 0 }, STALL,
		    7 },
		{ "nothing but stalls", NULL, { ROOM, .now_ns = 7, .stall_pct = UINT64_MAX }, { 0 },
		    STALL, 7 },
	};

	support_check_policy(mg_policy_pressure, rows, ROWS(rows));
}

Test(pressure, ends_half_a_distance_below_the_mark)
{
	static const struct support_row rows[] = {
		{ "wavers", NULL, { ROOM, .now_ns = 9, .system_used_pct = 80 }, { .since_ns = 3 },
		    WARN, 3 },
		{ "is over", NULL, { ROOM, .now_ns = 9, .system_used_pct = 79 }, { .since_ns = 3 },
		    CALM, 0 },
		{ "would not begin there", NULL, { ROOM, .now_ns = 9, .system_used_pct = 80 },
		    { 0 }, CALM, 0 },
		{ "warn below the slack", "system_warn=1% system_critical=100%",
		    { ROOM, .now_ns = 9 }, { .since_ns = 3 }, WARN, 3 },
	};

	support_check_policy(mg_policy_pressure, rows, ROWS(rows));
}

/* Nothing but swap to gain; compact_gap is 60 s. */
Test(pressure, is_urgent_once_a_gap)
{
	static const struct support_row rows[] = {
		{ "just acted", NULL,
		    { .now_ns = 100 * S, .system_used_pct = 95, .swap_free_bytes = 1 },
		    { .since_ns = 3, .acted_ns = 99 * S }, CRITICAL_AGAIN, 3 },
		{ "a gap less a nanosecond ago", NULL,
		    { .now_ns = 100 * S, .system_used_pct = 95, .swap_free_bytes = 1 },
		    { .since_ns = 3, .acted_ns = 40 * S + 1 }, CRITICAL_AGAIN, 3 },
		{ "a gap ago", NULL,
		    { .now_ns = 100 * S, .system_used_pct = 95, .swap_free_bytes = 1 },
		    { .since_ns = 3, .acted_ns = 40 * S }, CRITICAL, 3 },
		{ "acted in the future", NULL,
		    { .now_ns = 100 * S, .system_used_pct = 95, .swap_free_bytes = 1 },
		    { .since_ns = 3, .acted_ns = UINT64_MAX }, CRITICAL_AGAIN, 3 },
	};

	support_check_policy(mg_policy_pressure, rows, ROWS(rows));
}

/* 100 MB of footprint. */
Test(pressure, acts_for_what_it_may_gain)
{
	static const struct {
		const char *name;
		uint64_t used, cached, parked, compactions, released, swap;
		struct mg_decision want;
	} rows[] = {
		{ "nothing free", 94, 0, 0, 0, 0, 0, NOTHING },
		{ "nothing free, critical", 95, 0, 0, 0, 0, 0, NOTHING },
		{ "nothing free, critical, with swap", 95, 0, 0, 0, 0, 1, CRITICAL },
		{ "nothing free, with swap", 94, 0, 0, 0, 0, GB, NOTHING },
		{ "a byte less than a megabyte", 94, MB / 2, MB / 2 - 1, 0, 0, 0, NOTHING },
		{ "a megabyte", 94, MB / 2, MB / 2, 0, 0, 0, WARN },
		{ "a quarter less a byte", 94, MB, 24 * MB - 1, 0, 0, 0, WARN },
		{ "a quarter", 94, MB, 24 * MB, 0, 0, 0, WARN_MUCH },
		{ "much is free, but nothing new", 95, 0, 80 * MB, 1, 0, 0, NOTHING },
		{ "much is free, a little of it new", 95, 0, 80 * MB, 1, MB, 0, CRITICAL },
		{ "much was released, and used again", 94, 0, 0, 1, GB, 0, NOTHING },
		{ "much is free and new", 85, 0, 80 * MB, 3, GB, 0, WARN_MUCH },
		{ "overflow", 95, UINT64_MAX, UINT64_MAX, 1, UINT64_MAX, 0, CRITICAL },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct support_row row = { .name = rows[i].name,
			.s = { .now_ns = 100 * S,
			    .heap_footprint_bytes = 100 * MB,
			    .system_used_pct = rows[i].used,
			    .cached_bytes = rows[i].cached,
			    .parked_bytes = rows[i].parked,
			    .compactions = rows[i].compactions,
			    .released_since_compact_bytes = rows[i].released,
			    .swap_free_bytes = rows[i].swap },
			.want = rows[i].want,
			.want_since_ns = 100 * S };

		support_check_policy(mg_policy_pressure, &row, 1);
	}
}
