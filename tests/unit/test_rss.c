/* SPDX-License-Identifier: MIT */
#include "tests/unit/support.h"

#define OFF "rss_max is off"
#define WITHIN "rss within rss_max"
#define ABOVE "rss above rss_max"

Test(rss, acts_above_its_ceiling_and_nowhere_else)
{
	static const struct support_row rows[] = {
		{ "disabled", NULL, { .rss_bytes = UINT64_MAX }, { 0 },
		    { MG_ACT_NONE, OFF, false, MG_POLICY_NEVER }, 0 },
		{ "below", "rss_max=100M", { .rss_bytes = 99 * MB }, { 0 },
		    { MG_ACT_NONE, WITHIN, false, MG_POLICY_NEVER }, 0 },
		{ "equal", "rss_max=100M", { .rss_bytes = 100 * MB }, { 0 },
		    { MG_ACT_NONE, WITHIN, false, MG_POLICY_NEVER }, 0 },
		{ "a byte above", "rss_max=100M", { .now_ns = 5, .rss_bytes = 100 * MB + 1 }, { 0 },
		    { MG_ACT_LIMIT, ABOVE, true, 0 }, 5 },
		{ "overflow", "rss_max=64T", { .now_ns = UINT64_MAX, .rss_bytes = UINT64_MAX },
		    { 0 }, { MG_ACT_LIMIT, ABOVE, true, 0 }, UINT64_MAX },
		{ "still above", "rss_max=1M", { .now_ns = 9, .rss_bytes = 2 * MB },
		    { .since_ns = 5 }, { MG_ACT_LIMIT, ABOVE, true, 0 }, 5 },
		{ "over at once", "rss_max=1M", { .now_ns = 9, .rss_bytes = MB }, { .since_ns = 5 },
		    { MG_ACT_NONE, WITHIN, false, MG_POLICY_NEVER }, 0 },
		{ "switched off", NULL, { .now_ns = 9, .rss_bytes = 2 * MB }, { .since_ns = 5 },
		    { MG_ACT_NONE, OFF, false, MG_POLICY_NEVER }, 0 },
	};

	support_check_policy(mg_policy_rss, rows, ROWS(rows));
}
