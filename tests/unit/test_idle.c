/* SPDX-License-Identifier: MIT */
#include "tests/unit/support.h"

#define OFF                                                                                \
	{                                                                                  \
		MG_ACT_NONE, "idle_timeout or idle_compact is off", false, MG_POLICY_NEVER \
	}
#define STARTS(next)                                           \
	{                                                      \
		MG_ACT_NONE, "the program starts", false, next \
	}
#define BUSY(next)                                                \
	{                                                         \
		MG_ACT_NONE, "the program allocates", false, next \
	}
#define DONE(next)                                             \
	{                                                      \
		MG_ACT_NONE, "idle and compacted", false, next \
	}
#define IDLE                                                    \
	{                                                       \
		MG_ACT_COMPACT, "the program is idle", false, 0 \
	}

/* idle_timeout is 15 s, idle_check 10 s, idle_compact 60 s. */
#define AT(up, quiet)                                                 \
	{                                                             \
		.now_ns = 1000 * S, .uptime_ms = up, .idle_ms = quiet \
	}

Test(idle, acts_when_nothing_was_allocated_for_the_timeout)
{
	static const struct support_row rows[] = {
		{ "timeout off", "idle_timeout=0", AT(60000, 60000), { .since_ns = 3 }, OFF, 0 },
		{ "compaction off", "idle_compact=0", AT(60000, 60000), { .since_ns = 3 }, OFF, 0 },
		{ "equal", NULL, AT(60000, 15000), { 0 }, IDLE, 1000 * S },
		{ "a millisecond short", NULL, AT(60000, 14999), { 0 }, BUSY(10 * S), 0 },
		{ "overflow", NULL, AT(UINT64_MAX, UINT64_MAX), { 0 }, IDLE, 1000 * S },
		{ "timeout of the user", "idle_timeout=100ms", AT(60000, 100), { 0 }, IDLE,
		    1000 * S },
		{ "allocates again", NULL, AT(60000, 0), { .since_ns = 3 }, BUSY(20 * S), 0 },
	};

	support_check_policy(mg_policy_idle, rows, ROWS(rows));
}

Test(idle, looks_first_five_seconds_after_the_start)
{
	static const struct support_row rows[] = {
		{ "start", NULL, AT(0, 0), { 0 }, STARTS(15 * S), 0 },
		{ "a millisecond short", "idle_timeout=1s", AT(4999, 4999), { 0 }, STARTS(MS), 0 },
		{ "first look", "idle_timeout=1s", AT(5000, 4999), { 0 }, IDLE, 1000 * S },
		{ "first look of a busy one", "idle_timeout=1s", AT(4000, 0), { 0 }, STARTS(S), 0 },
		{ "second look", "idle_timeout=2s", AT(4000, 0), { 0 }, STARTS(11 * S), 0 },
	};

	support_check_policy(mg_policy_idle, rows, ROWS(rows));
}

Test(idle, says_which_look_will_find_it)
{
	static const struct support_row rows[] = {
		{ "two looks", NULL, AT(60000, 0), { 0 }, BUSY(20 * S), 0 },
		{ "just two looks", NULL, AT(60000, 4999), { 0 }, BUSY(20 * S), 0 },
		{ "one look", NULL, AT(60000, 5000), { 0 }, BUSY(10 * S), 0 },
		{ "a check of the user", "idle_check=1s", AT(60000, 0), { 0 }, BUSY(15 * S), 0 },
	};

	support_check_policy(mg_policy_idle, rows, ROWS(rows));
}

Test(idle, compacts_at_once_and_then_every_so_often)
{
	static const struct support_row rows[] = {
		{ "acted before it was idle", NULL, AT(60000, 20000),
		    { .since_ns = 999 * S, .acted_ns = 998 * S }, IDLE, 999 * S },
		{ "just acted", NULL, AT(60000, 20000),
		    { .since_ns = 900 * S, .acted_ns = 1000 * S }, DONE(60 * S), 900 * S },
		{ "acted in the same look", NULL, AT(60000, 20000),
		    { .since_ns = 990 * S, .acted_ns = 990 * S }, DONE(50 * S), 990 * S },
		{ "a nanosecond short", NULL, AT(60000, 20000),
		    { .since_ns = 900 * S, .acted_ns = 940 * S + 1 }, DONE(1), 900 * S },
		{ "again", NULL, AT(60000, 20000), { .since_ns = 900 * S, .acted_ns = 940 * S },
		    IDLE, 900 * S },
		{ "of the user", "idle_compact=1s", AT(60000, 20000),
		    { .since_ns = 900 * S, .acted_ns = 999 * S }, IDLE, 900 * S },
	};

	support_check_policy(mg_policy_idle, rows, ROWS(rows));
}
