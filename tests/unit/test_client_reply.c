/* SPDX-License-Identifier: MIT */
#include "tools/common/reply.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support.h"

Test(client_reply, tells_a_good_reply_from_an_error_and_from_noise)
{
	static const struct {
		char text[64];
		int want;
		const char *body;
	} rows[] = {
		{ "ok\n", 0, "" },
		{ "ok\nname value\n", 0, "name value\n" },
		{ "error: no such option\nmore", -EREMOTEIO, "no such option" },
		{ "error: ", -EREMOTEIO, "" },
		{ "okay\n", -EPROTO, NULL },
		{ "", -EPROTO, NULL },
		{ "HTTP/1.1 400\r\n", -EPROTO, NULL },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char text[64], *body = NULL;

		strcpy(text, rows[i].text);
		cr_expect(eq(int, mg_reply_open(text, &body), rows[i].want), "%s", rows[i].text);
		if (rows[i].body != NULL)
			cr_expect(SAME(body, rows[i].body));
	}
}

Test(client_reply, reads_statistics_by_name_and_remembers_which_were_there)
{
	char body[] = "command a b c\nheap_limit_bytes 512\nfrom_the_future 7\nallocs "
		      "x\nlive_bytes 9\nrss_bytes";
	struct mg_reply_stats s;

	mg_reply_parse_stats(body, &s);
	cr_expect(SAME(s.values.command, "a b c"));
	cr_expect(eq(u64, s.values.heap_limit_bytes, 512));
	cr_expect(eq(u64, s.values.live_bytes, 9));
	cr_expect(s.has[MG_REPLY_STAT_command] && s.has[MG_REPLY_STAT_heap_limit_bytes] &&
		  s.has[MG_REPLY_STAT_live_bytes]);
	cr_expect(not(s.has[MG_REPLY_STAT_allocs]), "not a number");
	cr_expect(not(s.has[MG_REPLY_STAT_rss_bytes]), "no value");
	cr_expect(not(s.has[MG_REPLY_STAT_frees]), "not sent");
}

Test(client_reply, reads_a_policy_with_and_without_a_time)
{
	char with[] = "idle 14950 3 the program is idle", without[] = "rss - 0 -",
	     bare[] = "level - 2";
	struct mg_reply_policy p;

	cr_assert(zero(int, mg_reply_parse_policy(with, &p)));
	cr_expect(SAME(p.name, "idle"));
	cr_expect(p.has_next);
	cr_expect(eq(u64, p.next_ms, 14950));
	cr_expect(eq(u64, p.decisions, 3));
	cr_expect(SAME(p.reason, "the program is idle"));
	cr_assert(zero(int, mg_reply_parse_policy(without, &p)));
	cr_expect(not(p.has_next));
	cr_expect(SAME(p.reason, "-"));
	cr_assert(zero(int, mg_reply_parse_policy(bare, &p)));
	cr_expect(SAME(p.reason, "-"));
}

Test(client_reply, refuses_policies_that_are_none)
{
	static const char *const rows[] = { "", "idle", "idle soon 3 x", "idle 5", "idle 5 many x",
		" 5 3 x" };

	for (size_t i = 0; i < ROWS(rows); i++) {
		char line[32];
		struct mg_reply_policy p;

		snprintf(line, sizeof line, "%s", rows[i]);
		cr_expect(eq(int, mg_reply_parse_policy(line, &p), -EINVAL), "%s", rows[i]);
	}
}

Test(client_reply, finds_the_columns_of_history_by_their_names)
{
	char body[] = "# live_bytes age_ms later heap_footprint_bytes\n"
		      "10 3000 99 30\n"
		      "11 2000 99\n"
		      "12 1000 99 32 and more\n";
	struct mg_reply_point p[4];

	cr_assert(eq(sz, mg_reply_parse_history(body, p, 4), 2));
	cr_expect(eq(u64, p[0].live_bytes, 10));
	cr_expect(eq(u64, p[0].age_ms, 3000));
	cr_expect(eq(u64, p[0].heap_footprint_bytes, 30));
	cr_expect(zero(u64, p[0].rss_bytes));
	cr_expect(eq(u64, p[1].live_bytes, 12));
}

Test(client_reply, keeps_the_latest_points_when_there_is_no_room)
{
	char body[] = "# age_ms rss_bytes\n3 1\n2 2\n1 3\n";
	struct mg_reply_point p[2];

	cr_assert(eq(sz, mg_reply_parse_history(body, p, 2), 2));
	cr_expect(eq(u64, p[0].rss_bytes, 2));
	cr_expect(eq(u64, p[1].rss_bytes, 3));
}

Test(client_reply, reads_an_event)
{
	char line[] = "12034 compact asked for: 512M back in 12 ms", bad[] = "soon compact x",
	     short_one[] = "12";
	struct mg_reply_event e;

	cr_assert(zero(int, mg_reply_parse_event(line, &e)));
	cr_expect(eq(u64, e.age_ms, 12034));
	cr_expect(SAME(e.kind, "compact"));
	cr_expect(SAME(e.text, "asked for: 512M back in 12 ms"));
	cr_expect(eq(int, mg_reply_parse_event(bad, &e), -EINVAL));
	cr_expect(eq(int, mg_reply_parse_event(short_one, &e), -EINVAL));
}

Test(client_reply, reads_what_a_compaction_gave)
{
	char body[] = "yield_bytes 4096\ntook_ns 7000000\nscanned_bytes 5\n",
	     none[] = "took_ns 1\n";
	uint64_t yield = 0, took = 0;

	cr_expect(mg_reply_parse_compact(body, &yield, &took));
	cr_expect(eq(u64, yield, 4096));
	cr_expect(eq(u64, took, 7000000));
	cr_expect(not(mg_reply_parse_compact(none, &yield, &took)));
}
