/* SPDX-License-Identifier: MIT */
#include "tests/unit/test_top_record.h"

TestSuite(top_recorder, .init = set_up, .fini = tear_down);

/* Behind all that was written by now. */
static const char *
now(void)
{
	return written + written_len;
}

/* "stats 7 ..." of one statistic, by its name. */
static char *
change_of(const char *from, size_t stat)
{
	static char found[64];
	char begin[16], *at;

	snprintf(begin, sizeof begin, " %zu", stat);
	at = strstr(line_with(from, "stats 7"), begin);
	while (at != NULL && strchr("=+-", at[strlen(begin)]) == NULL)
		at = strstr(at + 1, begin);
	snprintf(found, sizeof found, "%.*s", at != NULL ? (int)strcspn(at + 1, " ") : 0,
	    at != NULL ? at + 1 : "");
	return found;
}

Test(top_recorder, begins_with_what_a_reader_must_know)
{
	mg_recorder_health(&recorder, 7, "early", MG_HEALTH_NEW);
	say(7, MG_ASK_STATS, "live_bytes 5\n");
	cr_expect(eq(str, written, ""), "nothing before the first round");
	begin_round(5000);
	cr_expect(eq(ptr, strstr(written, "memgov-record 1\nnames version command "), written));
	cr_expect(eq(str, line_with(written, "time"), "time 5000"));
	cr_expect(eq(str, line_with(written, "machine"), "machine 1000 600 0 0"));
}

Test(top_recorder, tells_the_machine_when_it_has_changed_by_much)
{
	struct mg_machine changed = machine;
	const char *from;

	begin_round(1000);
	from = now();
	changed.available_bytes -= 2;
	mg_recorder_round(&recorder, 2000, &changed);
	cr_expect(eq(str, line_with(from, "machine"), ""), "by less than 1/256");
	changed.available_bytes -= 2;
	mg_recorder_round(&recorder, 3000, &changed);
	cr_expect(eq(str, line_with(from, "machine"), "machine 1000 596 0 0"));
	from = now();
	changed.has_stall = true;
	changed.stall_some = 150;
	mg_recorder_round(&recorder, 4000, &changed);
	cr_expect(eq(str, line_with(from, "machine"), "machine 1000 596 0 0 150 0"));
}

Test(top_recorder, time_does_not_run_backwards)
{
	const char *from;

	begin_round(5000);
	from = now();
	begin_round(3000);
	cr_expect(eq(str, line_with(from, "time"), "time 5000"));
}

Test(top_recorder, tells_only_what_has_changed)
{
	const char *from;

	begin_round(1000);
	say(7, MG_ASK_STATS, "command a b\nlive_bytes 100\nfrees 50\nuptime_ms 20\n");
	cr_expect(eq(str, change_of(written, MG_REPLY_STAT_command), "1=a%20b"));
	cr_expect(ne(str, change_of(written, MG_REPLY_STAT_live_bytes), ""));
	from = now();
	begin_round(2000);
	say(7, MG_ASK_STATS, "command a b\nlive_bytes 90\nfrees 55\nuptime_ms 1021\n");
	cr_expect(ne(ptr, strstr(change_of(from, MG_REPLY_STAT_live_bytes), "-10"), NULL));
	cr_expect(ne(ptr, strstr(change_of(from, MG_REPLY_STAT_frees), "+5"), NULL));
	cr_expect(eq(str, change_of(from, MG_REPLY_STAT_command), ""));
	cr_expect(eq(str, change_of(from, MG_REPLY_STAT_uptime_ms), ""), "went on with the time");
	from = now();
	begin_round(3000);
	say(7, MG_ASK_STATS, "command c\nlive_bytes 90\nfrees 55\nuptime_ms 3\n");
	cr_expect(eq(str, change_of(from, MG_REPLY_STAT_command), "1=c"));
	cr_expect(ne(ptr, strstr(change_of(from, MG_REPLY_STAT_uptime_ms), "=3"), NULL));
}

Test(top_recorder, a_text_is_kept_when_it_says_something_else)
{
	const char *from;

	begin_round(1000);
	say(7, MG_ASK_EVENTS, "500 start governor of 7\n");
	cr_expect(eq(str, line_with(written, "reply"), "reply 7 events"));
	cr_expect(eq(str, line_with(written, "|"), "|500 start governor of 7"));
	from = now();
	begin_round(2000);
	say(7, MG_ASK_EVENTS, "1500 start governor of 7\n");
	cr_expect(eq(str, line_with(from, "reply"), ""), "only its age has changed");
	say(7, MG_ASK_EVENTS, "0 set heap_max\n1500 start governor of 7\n");
	cr_expect(eq(str, line_with(from, "reply"), "reply 7 events"));
	from = now();
	say(7, MG_ASK_POLICIES, "idle 4000 1 -\nrss - 0 -\n");
	cr_expect(eq(str, line_with(from, "reply"), "reply 7 policies"));
	from = now();
	say(7, MG_ASK_POLICIES, "idle 4000 1 -\nrss - 0 -\n");
	cr_expect(eq(str, line_with(from, "reply"), ""));
	say(7, MG_ASK_POLICIES, "idle 9000 1 -\nrss - 0 -\n");
	cr_expect(eq(str, line_with(from, "reply"), "reply 7 policies"));
}

Test(top_recorder, keeps_one_history_and_few_profiles)
{
	const char *from;

	begin_round(1000);
	say(7, MG_ASK_HISTORY, "# age_ms live_bytes\n5 5\n");
	say(7, MG_ASK_PROFILE, "memgov-profile 1\nend\n");
	from = now();
	begin_round(9000);
	say(7, MG_ASK_HISTORY, "# age_ms live_bytes\n6 6\n");
	say(7, MG_ASK_PROFILE, "memgov-profile 2\nend\n");
	cr_expect(eq(str, line_with(from, "reply"), ""));
	begin_round(11000);
	say(7, MG_ASK_PROFILE, "memgov-profile 3\nend\n");
	cr_expect(eq(str, line_with(from, "reply"), "reply 7 profile"));
}

static void
name_program(void *context, int pid, char *buf, size_t cap)
{
	(void)context;
	snprintf(buf, cap, "/usr/bin/of%d", pid);
}

Test(top_recorder, names_the_program_where_the_process_does_not)
{
	recorder.program = name_program;
	begin_round(1000);
	say(7, MG_ASK_PROFILE, "module 1 a b c /lib/x\nmodule 2 a b c \nframes \nend\n");
	cr_expect(eq(str, line_with(written, "|module 1"), "|module 1 a b c /lib/x"));
	cr_expect(eq(str, line_with(written, "|module 2"), "|module 2 a b c /usr/bin/of7"));
	cr_expect(eq(str, line_with(written, "|frames"), "|frames "));
}

Test(top_recorder, keeps_no_commands_and_no_refusals)
{
	char refusal[] = "err there is no history\n";
	const char *from;

	begin_round(1000);
	from = now();
	say(7, MG_ASK_COMMAND, "done\n");
	mg_recorder_reply(&recorder, 7, MG_ASK_HISTORY, refusal);
	cr_expect(eq(str, (char *)from, ""));
}

Test(top_recorder, a_number_that_comes_again_is_another_process)
{
	const char *from;

	begin_round(1000);
	mg_recorder_health(&recorder, 7, "two words", MG_HEALTH_ANSWERS);
	cr_expect(eq(str, line_with(written, "health"), "health 7 answers two%20words"));
	mg_recorder_kin(&recorder, 7, 3, "me", false);
	cr_expect(eq(str, line_with(written, "kin"), "kin 7 3 own me"));
	say(7, MG_ASK_STATS, "live_bytes 100\n");
	mg_recorder_health(&recorder, 7, "two words", MG_HEALTH_ENDED);
	cr_expect(zero(sz, recorder.n));
	from = now();
	mg_recorder_health(&recorder, 7, "new", MG_HEALTH_ANSWERS);
	say(7, MG_ASK_STATS, "live_bytes 100\n");
	cr_expect(ne(ptr, strstr(change_of(from, MG_REPLY_STAT_live_bytes), "=100"), NULL));
}

/* Whatever a process says: who plays the recording sees the same. */
Test(top_recorder, a_player_sees_what_was_recorded)
{
	char stats[512];

	srandom(7);
	for (uint64_t i = 0; i < 40; i++) {
		uint64_t live = (uint64_t)random(), allocs = (uint64_t)random();
		const struct mg_track *t;

		written[written_len = 0] = '\0';
		begin_round(1000 + i * 1003);
		mg_recorder_health(&recorder, 7, "worker %", MG_HEALTH_ANSWERS);
		snprintf(stats, sizeof stats,
		    "command w%%%lu \nlive_bytes %lu\nallocs %lu\nuptime_ms %lu\n", i % 3, live,
		    allocs, i == 30 ? 4 : 500 + i * 1000);
		say(7, MG_ASK_STATS, stats);
		cr_expect(zero(int, play(written)));
		t = mg_player_find(&player, 7);
		cr_assert(ne(ptr, (void *)t, NULL));
		cr_expect(eq(u64, t->stats.values.live_bytes, live));
		cr_expect(eq(u64, t->stats.values.allocs, allocs));
		if (i < 30)
			cr_expect(lt(u64, 500 + i * 1003 - t->stats.values.uptime_ms, 121));
		else if (i == 30)
			cr_expect(eq(u64, t->stats.values.uptime_ms, 4));
		cr_expect(eq(str, (char *)t->name, "worker %"));
		cr_expect(eq(chr, t->stats.values.command[2], (char)('0' + i % 3)));
	}
}
