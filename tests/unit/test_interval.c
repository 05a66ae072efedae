/* SPDX-License-Identifier: MIT */
#include "tests/unit/support.h"

#define OFF                                                                    \
	{                                                                      \
		MG_ACT_NONE, "compact_interval is off", false, MG_POLICY_NEVER \
	}
#define EARLY(next)                                                         \
	{                                                                   \
		MG_ACT_NONE, "compact_interval has not passed", false, next \
	}
#define DUE                                                             \
	{                                                               \
		MG_ACT_COMPACT, "compact_interval has passed", false, 0 \
	}

Test(interval, acts_when_the_last_compaction_is_old)
{
	static const struct support_row rows[] = {
		{ "disabled", "compact_interval=0",
		    { .now_ns = 7, .last_compact_age_ms = UINT64_MAX }, { .since_ns = 3 }, OFF, 0 },
		{ "just compacted", NULL, { .now_ns = 7 }, { .since_ns = 3 }, EARLY(HOUR), 0 },
		{ "a millisecond short", NULL, { .now_ns = 7, .last_compact_age_ms = 3599999 },
		    { 0 }, EARLY(MS), 0 },
		{ "equal", NULL, { .now_ns = 7, .last_compact_age_ms = 3600000 }, { 0 }, DUE, 7 },
		{ "overflow", NULL, { .now_ns = 7, .last_compact_age_ms = UINT64_MAX },
		    { .since_ns = 3 }, DUE, 3 },
		{ "longest", "compact_interval=365h", { .now_ns = 7, .last_compact_age_ms = 1 },
		    { 0 }, EARLY(365 * HOUR - MS), 0 },
		{ "shortest", "compact_interval=1s", { .now_ns = 7, .last_compact_age_ms = 1000 },
		    { 0 }, DUE, 7 },
	};

	support_check_policy(mg_policy_interval, rows, ROWS(rows));
}
