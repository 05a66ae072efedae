/* SPDX-License-Identifier: MIT */
#include "tools/top/recline.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support.h"

static char text[512];
static struct mg_recline l;

static int
parse(const char *line)
{
	snprintf(text, sizeof text, "%s", line);
	return mg_recline_parse(text, &l);
}

Test(top_recline, knows_every_kind_of_line)
{
	cr_expect(zero(int, parse("memgov-record 1")));
	cr_expect(all(eq(int, l.kind, MG_RECLINE_SESSION), eq(u64, l.number, 1)));
	cr_expect(zero(int, parse("names a b c")));
	cr_expect(all(eq(int, l.kind, MG_RECLINE_NAMES), eq(str, l.rest, "a b c")));
	cr_expect(zero(int, parse("time 1795274351567")));
	cr_expect(all(eq(int, l.kind, MG_RECLINE_TIME), eq(u64, l.number, 1795274351567)));
	cr_expect(zero(int, parse("health 12 silent a%20b")));
	cr_expect(all(eq(int, l.kind, MG_RECLINE_HEALTH), eq(int, l.pid, 12)));
	cr_expect(all(eq(int, l.health, MG_HEALTH_SILENT), eq(str, l.rest, "a%20b")));
	cr_expect(zero(int, parse("kin 12 7 other www-data")));
	cr_expect(all(eq(int, l.kind, MG_RECLINE_KIN), eq(int, l.parent_pid, 7)));
	cr_expect(all(eq(int, l.is_of_another, 1), eq(str, l.rest, "www-data")));
	cr_expect(all(zero(int, parse("kin 12 0 own root")), zero(int, l.is_of_another)));
	cr_expect(zero(int, parse("stats 3 1=2 4+5")));
	cr_expect(all(eq(int, l.kind, MG_RECLINE_STATS), eq(str, l.rest, "1=2 4+5")));
	cr_expect(zero(int, parse("|reply 1 stats")));
	cr_expect(all(eq(int, l.kind, MG_RECLINE_TEXT), eq(str, l.rest, "reply 1 stats")));
}

Test(top_recline, knows_every_reply_that_is_kept)
{
	cr_expect(all(zero(int, parse("reply 9 policies")), eq(int, l.ask, MG_ASK_POLICIES)));
	cr_expect(all(zero(int, parse("reply 9 history")), eq(int, l.ask, MG_ASK_HISTORY)));
	cr_expect(all(zero(int, parse("reply 9 events")), eq(int, l.ask, MG_ASK_EVENTS)));
	cr_expect(all(zero(int, parse("reply 9 config")), eq(int, l.ask, MG_ASK_CONFIG)));
	cr_expect(all(zero(int, parse("reply 9 profile")), eq(int, l.ask, MG_ASK_PROFILE)));
	cr_expect(all(zero(int, parse("reply 9 of_a_later_version")), eq(int, l.ask, MG_ASKS)));
}

Test(top_recline, reads_the_machine_with_and_without_stalls)
{
	cr_expect(zero(int, parse("machine 100 40 20 5")));
	cr_expect(all(eq(u64, l.machine.total_bytes, 100), eq(u64, l.machine.available_bytes, 40)));
	cr_expect(
	    all(eq(u64, l.machine.swap_total_bytes, 20), eq(u64, l.machine.swap_free_bytes, 5)));
	cr_expect(zero(int, l.machine.has_stall));
	cr_expect(zero(int, parse("machine 100 400 20 50 312 10000")));
	cr_expect(eq(u64, l.machine.available_bytes, 100), "no more than there is");
	cr_expect(eq(u64, l.machine.swap_free_bytes, 20));
	cr_expect(all(eq(int, l.machine.has_stall, 1), eq(u32, l.machine.stall_some, 312)));
	cr_expect(eq(u32, l.machine.stall_full, 10000));
}

Test(top_recline, skips_words_of_later_versions_and_refuses_damage)
{
	static const char *const bad[] = { "", "Time 5", "\x01\x02", "12 34", "memgov-record",
		"memgov-record x", "time", "time -1", "names", "machine 1 2 3", "machine 1 2 3 4 5",
		"machine 1 2 3 4 5 10001", "machine 1 2 3 4 10001 5", "machine 1 2 3 x",
		"health 0 new x", "health 1 well x", "health x new x", "kin 1", "kin 1 2 mine root",
		"kin 0 1 own root", "kin 1 -2 own root", "stats", "stats 2147483648 1=2", "reply 1",
		"reply x events" };

	cr_expect(all(zero(int, parse("weather fine")), eq(int, l.kind, MG_RECLINE_UNKNOWN)));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_expect(eq(int, parse(bad[i]), -EINVAL), "'%s'", bad[i]);
}

Test(top_recline, takes_changes_one_by_one)
{
	char line[] = "0=two%20words 12+34 5-6", *rest = line;
	struct mg_recline_change change;

	cr_expect(eq(int, mg_recline_change(&rest, &change), 1));
	cr_expect(all(eq(u64, change.stat, 0), eq(str, change.value, "two words")));
	cr_expect(eq(int, mg_recline_change(&rest, &change), 1));
	cr_expect(all(eq(u64, change.stat, 12), eq(chr, change.how, '+'), eq(u64, change.by, 34)));
	cr_expect(eq(int, mg_recline_change(&rest, &change), 1));
	cr_expect(all(eq(u64, change.stat, 5), eq(chr, change.how, '-'), eq(u64, change.by, 6)));
	cr_expect(zero(int, mg_recline_change(&rest, &change)));
}

Test(top_recline, refuses_changes_that_are_none)
{
	static const char *const bad[] = { "=1", "1", "1*2", "1+", "1-x", "x=1",
		"99999999999999999999=1", "1+99999999999999999999" };
	struct mg_recline_change change;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char *rest = text;

		snprintf(text, sizeof text, "%s", bad[i]);
		cr_expect(eq(int, mg_recline_change(&rest, &change), -EINVAL), "'%s'", bad[i]);
	}
}

Test(top_recline, escapes_what_would_end_a_value_and_takes_it_back)
{
	char plain[64];

	mg_recline_escape("a b\n%\x7f\xc3\xa9", plain, sizeof plain);
	cr_expect(eq(str, plain, "a%20b%0A%25%7F\xc3\xa9"));
	mg_recline_unescape(plain);
	cr_expect(eq(str, plain, "a b\n%\x7f\xc3\xa9"));
	strcpy(plain, "100% %4");
	mg_recline_unescape(plain);
	cr_expect(eq(str, plain, "100% %4"), "no escape");
	mg_recline_escape("    ", plain, 8);
	cr_expect(eq(str, plain, "%20%20"), "whole escapes only");
}
