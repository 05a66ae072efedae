/* SPDX-License-Identifier: MIT */
#include "shim/govern/live.h"

#include "shim/heap/heap.h"
#include "shim/heap/sample.h"
#include "shim/observe/events.h"
#include "tests/unit/support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static char reason[512];

static int
set(const char *name, const char *value)
{
	struct mg_text why;

	mg_text_init(&why, reason, sizeof reason);
	return mg_live_set(name, value, &why);
}

static uint64_t
limit_of_heap(void)
{
	struct mg_snapshot s = { 0 };

	mg_heap_read(&s);
	return s.heap_limit_bytes;
}

Test(live, makes_the_defaults_when_it_is_asked)
{
	struct mg_config want = support_config(NULL);

	cr_expect(mg_live_is_untouched());
	cr_expect(zero(int, memcmp(mg_live_config(), &want, sizeof want)));
	cr_expect(not(mg_live_is_untouched()));
	cr_expect(eq(ptr, (void *)mg_live_config(), (void *)mg_live_config()));
}

Test(live, starts_with_what_the_environment_says)
{
	struct mg_config c = support_config("heap_max=8M reserve=512K");

	mg_live_start(&c);
	cr_expect(eq(ptr, (void *)mg_live_config(), &c));
	cr_expect(eq(u64, limit_of_heap(), 8 * MB));
	cr_expect(mg_heap_has_room(8 * MB - 512 * KB) && !mg_heap_has_room(8 * MB - 512 * KB + 1));
}

Test(live, tells_the_heap_what_to_sample)
{
	struct mg_config c = support_config("sample=64K");

	mg_live_start(&c);
	cr_expect(eq(u64, mg_sample_mean(), 64 * KB));
	cr_expect(zero(int, set("sample", "1M")), "%s", reason);
	cr_expect(eq(u64, mg_sample_mean(), MB));
	cr_expect(zero(int, set("sample", "0")), "%s", reason);
	cr_expect(zero(u64, mg_sample_mean()));
}

Test(live, publishes_what_is_set)
{
	const struct mg_config *before = mg_live_config();

	cr_expect(zero(int, set("released", "1G")), "%s", reason);
	cr_expect(eq(u64, mg_live_config()->released, GB));
	cr_expect(eq(u64, before->released, 500 * MB), "a reader's config does not change");
	cr_expect(eq(u64, mg_events_count(), 1));
	cr_expect(zero(int, set("MEMGOV_HEAP_LEVEL", "70%")), "%s", reason);
	cr_expect(eq(u64, mg_live_config()->heap_level, 70));
	cr_expect(eq(u64, mg_live_config()->released, GB), "the earlier change holds");
}

Test(live, moves_the_ceiling_at_once)
{
	cr_expect(zero(int, set("heap_max", "16M")), "%s", reason);
	cr_expect(eq(u64, limit_of_heap(), 16 * MB));
	cr_expect(mg_heap_has_room(15 * MB) && !mg_heap_has_room(15 * MB + 1), "reserve is 1M");
	cr_expect(zero(int, set("reserve", "0")), "%s", reason);
	cr_expect(mg_heap_has_room(16 * MB) && !mg_heap_has_room(16 * MB + 1));
	cr_expect(zero(int, set("heap_max", "0")), "%s", reason);
	cr_expect(zero(u64, limit_of_heap()));
	cr_expect(mg_heap_has_room(UINT64_MAX));
}

Test(live, changes_nothing_for_a_bad_value)
{
	static const struct {
		const char *name, *value;
		int want;
	} rows[] = {
		{ "heap_max", "lots", -EINVAL },
		{ "heap_max", "1K", -ERANGE },
		{ "heap_max", "", -EINVAL },
		{ "no_such_option", "1", -ENOENT },
		{ "", "1", -ENOENT },
		{ "at_limit", "fail,compact", -EINVAL },
		{ "socket", "off", -EPERM },
	};
	const struct mg_config *before;

	set("heap_max", "16M");
	before = mg_live_config();
	for (size_t i = 0; i < ROWS(rows); i++) {
		cr_expect(eq(int, set(rows[i].name, rows[i].value), rows[i].want), "row %zu: %s", i,
		    reason);
		cr_expect(strlen(reason) > 0, "row %zu", i);
		cr_expect(eq(ptr, (void *)mg_live_config(), (void *)before), "row %zu", i);
	}
	cr_expect(eq(u64, before->heap_max, 16 * MB));
	cr_expect(eq(u64, limit_of_heap(), 16 * MB));
	cr_expect(eq(u64, mg_events_count(), 1));
}

Test(live, goes_round_its_slots)
{
	for (unsigned i = 1; i <= 40; i++) {
		const struct mg_config *before = mg_live_config();
		uint64_t released = before->released;
		char value[16];

		snprintf(value, sizeof value, "%uM", 500 + i);
		cr_assert(zero(int, set("released", value)), "%s", reason);
		set("released", "bad");
		cr_expect(eq(u64, before->released, released), "set %u", i);
		cr_expect(eq(u64, mg_live_config()->released, (500 + i) * MB), "set %u", i);
	}
}
