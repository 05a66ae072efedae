/* SPDX-License-Identifier: MIT */
#include "shim/observe/events.h"

#include "shim/base/sys.h"
#include "tests/unit/support.h"

#include <string.h>

static char got[1 << 15];

/* At time 0 all ages are 0, so that the text does not depend on the clock. */
static const char *
printed(unsigned most)
{
	struct mg_text t;

	mg_text_init(&t, got, sizeof got);
	mg_events_print(&t, 0, most);
	cr_expect(not(t.cut));
	return got;
}

Test(events, prints_nothing_at_first)
{
	cr_expect(SAME(printed(100), ""));
	cr_expect(zero(u64, mg_events_count()));
}

Test(events, prints_oldest_first)
{
	mg_events_add("set", "%s %lu", "released", 7ul);
	mg_events_add("compact", "asked for: 0 back");
	mg_events_add("set", "heap_level 80%%");
	cr_expect(SAME(
	    printed(100), "0 set released 7\n0 compact asked for: 0 back\n0 set heap_level 80%\n"));
	cr_expect(eq(u64, mg_events_count(), 3));
}

Test(events, says_how_old_they_are)
{
	struct mg_text t;

	mg_events_add("set", "x");
	mg_text_init(&t, got, sizeof got);
	mg_events_print(&t, mg_sys_now_ns() + 1000 * S, 1);
	cr_expect(got[0] == '1' && strspn(got, "0123456789") == 7, "%s", got);
}

Test(events, counts_repeats_instead_of_repeating)
{
	static const char kind[] = "refused";

	for (int i = 0; i < 3; i++)
		mg_events_add(kind, "request of 1M");
	cr_expect(SAME(printed(100), "0 refused request of 1M (3 times)\n"));
	cr_expect(eq(u64, mg_events_count(), 3));
}

Test(events, compares_with_the_last_of_the_same_kind_only)
{
	static const char refused[] = "refused", set[] = "set";

	mg_events_add(refused, "a");
	mg_events_add(set, "a");
	mg_events_add(refused, "a");
	cr_expect(SAME(printed(100), "0 set a\n0 refused a (2 times)\n"));
	mg_events_add(refused, "b");
	mg_events_add(refused, "a");
	cr_expect(SAME(printed(100), "0 set a\n0 refused a (2 times)\n0 refused b\n0 refused a\n"));
}

Test(events, prints_the_last_ones)
{
	for (int i = 0; i < 5; i++)
		mg_events_add("n", "%d", i);
	cr_expect(SAME(printed(2), "0 n 3\n0 n 4\n"));
	cr_expect(SAME(printed(0), ""));
	cr_expect(eq(u32, support_count(printed(UINT32_MAX), "\n"), 5));
}

Test(events, keeps_a_hundred)
{
	for (int i = 0; i < 101; i++)
		mg_events_add("n", "%d", i);
	printed(UINT32_MAX);
	cr_expect(eq(u32, support_count(got, "\n"), 100));
	cr_expect(strncmp(got, "0 n 1\n", 6) == 0, "the first one is gone");
	cr_expect(SAME(got + strlen(got) - 8, "0 n 100\n"));
	cr_expect(eq(u64, mg_events_count(), 101));
}

/* The oldest that is kept still counts its repeats; one that is gone comes anew. */
Test(events, knows_repeats_among_the_kept_only)
{
	static const char old[] = "old";

	mg_events_add(old, "x");
	for (int i = 0; i < 99; i++)
		mg_events_add("n", "%d", i);
	mg_events_add(old, "x");
	cr_expect(SAME(printed(1), "0 old x (2 times)\n"));
	cr_expect(strncmp(printed(100), "0 n 0\n", 6) == 0, "%s", got);
	cr_expect(eq(u32, support_count(got, "\n"), 100));
	for (int i = 0; i < 100; i++)
		mg_events_add("n", "more %d", i);
	mg_events_add(old, "x");
	cr_expect(SAME(printed(1), "0 old x\n"));
}

Test(events, cuts_long_texts)
{
	char text[300];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	mg_events_add("n", "%s", text);
	cr_expect(eq(sz, strlen(printed(1)), strlen("0 n \n") + 115));
}

Test(events, starts_empty_in_a_child)
{
	mg_events_add("n", "of the parent");
	mg_events_after_fork_child();
	cr_expect(SAME(printed(100), ""));
	cr_expect(zero(u64, mg_events_count()));
	mg_events_add("n", "of the child");
	cr_expect(SAME(printed(100), "0 n of the child\n"));
}
