/* SPDX-License-Identifier: MIT */
#include "tests/unit/test_top_record.h"

#include <errno.h>

TestSuite(top_player, .init = set_up, .fini = tear_down);

static struct mg_track *
track(int pid)
{
	return mg_player_find(&player, pid);
}

Test(top_player, wants_a_session_first_and_none_of_later_versions)
{
	cr_expect(eq(int, play("time 5\n"), -EINVAL));
	cr_expect(eq(int, play("memgov-record 2\n"), -ENOTSUP));
	cr_expect(zero(int, play(HEAD "time 5\n")));
	cr_expect(eq(u64, player.now_ms, 5));
	cr_expect(zero(int, play("time 4\n")), "and time goes on only");
	cr_expect(eq(u64, player.now_ms, 5));
	cr_expect(zero(int, play("weather 7\n")), "a word of later versions");
	cr_expect(eq(int, play("\x7f\n"), -EINVAL));
}

Test(top_player, adds_changes_up)
{
	cr_expect(zero(int, play(HEAD "time 1000\nstats 7 0=1.2 1=a%20b 2=100 3=50 4=9\n")));
	cr_assert(ne(ptr, track(7), NULL));
	cr_expect(eq(str, track(7)->stats.values.command, "a b"));
	cr_expect(eq(u64, track(7)->stats.values.heap_footprint_bytes, 100));
	cr_expect(zero(int, play("time 3000\nstats 7 2-30\n")));
	cr_expect(eq(u64, track(7)->stats.values.heap_footprint_bytes, 70));
	cr_expect(eq(u64, track(7)->stats.values.uptime_ms, 2050), "goes on by itself");
	cr_expect(zero(int, play("time 4000\nstats 7 2+5 3=7\n")));
	cr_expect(eq(u64, track(7)->stats.values.heap_footprint_bytes, 75));
	cr_expect(eq(u64, track(7)->stats.values.uptime_ms, 7));
}

Test(top_player, refuses_changes_without_a_beginning)
{
	cr_expect(eq(int, play(HEAD "stats 7 2+5\n"), -EINVAL), "of what?");
	cr_expect(eq(int, play("stats 7 1+5\n"), -EINVAL), "of a text");
	cr_expect(eq(int, play("stats 7 2=many\n"), -EINVAL));
	cr_expect(eq(int, play("stats 7 2*5\n"), -EINVAL));
	cr_expect(zero(int, play("stats 7 77=5 4=8\n")), "of what is not known here");
}

Test(top_player, remembers_names_health_and_kin)
{
	cr_expect(zero(int, play(HEAD "health 7 new a%20b\nkin 7 3 other www-data\n")));
	cr_expect(eq(str, track(7)->name, "a b"));
	cr_expect(all(eq(int, track(7)->parent_pid, 3), eq(int, track(7)->is_of_another, 1)));
	cr_expect(eq(str, track(7)->user, "www-data"));
	cr_expect(
	    all(eq(int, track(7)->health, MG_HEALTH_NEW), eq(int, track(7)->health_is_new, 1)));
	cr_expect(zero(int, play("health 7 stopped a%20b\n")));
	cr_expect(eq(int, track(7)->health, MG_HEALTH_STOPPED));
}

Test(top_player, keeps_whole_replies)
{
	cr_expect(zero(int, play(HEAD "time 1000\nreply 7 events\n|5 set a b\n|\n|9 start\n"
				      "time 2000\nreply 7 policies\n|x\n")));
	cr_expect(eq(str, track(7)->replies[MG_ASK_EVENTS], "5 set a b\n\n9 start\n"));
	cr_expect(eq(u64, track(7)->reply_ms[MG_ASK_EVENTS], 1000));
	cr_expect(eq(str, track(7)->replies[MG_ASK_POLICIES], "x\n"));
	cr_expect(zero(int, play("reply 7 events\n|new\nreply 7 unknown\n|lost\n")));
	cr_expect(eq(str, track(7)->replies[MG_ASK_EVENTS], "new\n"));
	cr_expect(zero(int, play("|stray\n")), "of no reply");
}

Test(top_player, makes_a_history)
{
	char line[100];

	cr_expect(zero(int, play(HEAD "time 100000\nstats 7 2=100\ntime 100500\nstats 7 2+1\n"
				      "time 101000\nstats 7 2+1\n")));
	cr_expect(eq(sz, track(7)->n_points, 2), "one a second");
	cr_expect(eq(u64, track(7)->points[1].heap_footprint_bytes, 102));
	cr_expect(zero(int, play("reply 7 history\n|# age_ms heap_footprint_bytes\n|51000 7\n|0 9\n"
				 "time 101001\n")));
	cr_expect(eq(sz, track(7)->n_points, 3), "and what it knew of itself from before");
	cr_expect(all(eq(u64, track(7)->points[0].age_ms, 50000),
	    eq(u64, track(7)->points[0].heap_footprint_bytes, 7)));
	for (int i = 0; i < 3 * MG_PLAYER_POINTS; i++) {
		snprintf(line, sizeof line, "time %d\nstats 7 2+1\n", 200000 + i * 1000);
		play(line);
	}
	cr_expect(le(sz, track(7)->n_points, MG_PLAYER_POINTS));
	cr_expect(eq(u64, track(7)->points[0].age_ms, 50000), "the oldest stays");
	for (size_t i = 1; i < track(7)->n_points; i++)
		cr_expect(lt(u64, track(7)->points[i - 1].age_ms, track(7)->points[i].age_ms));
}

Test(top_player, a_process_that_comes_again_begins_anew)
{
	play(HEAD "time 1000\nhealth 7 answers a\nstats 7 2=100\nhealth 7 ended a\n"
		  "time 2000\nhealth 7 new b\n");
	cr_expect(zero(int, track(7)->has_stats));
	cr_expect(zero(sz, track(7)->n_points));
	cr_expect(zero(int, play("stats 7 2=5\n")));
	cr_expect(eq(sz, player.n, 1));
}

Test(top_player, a_session_ends_what_was_seen_before_it)
{
	play(HEAD "time 1000\nhealth 7 answers a\nstats 7 2=100\n");
	cr_expect(zero(int, play(HEAD "time 9000\nhealth 8 answers b\n")));
	cr_expect(eq(int, track(7)->health, MG_HEALTH_ENDED));
	cr_expect(eq(int, track(7)->health_is_new, 1));
	cr_expect(eq(int, play("stats 7 2+1\n"), -EINVAL), "nothing holds from before");
	cr_expect(eq(int, track(8)->health, MG_HEALTH_ANSWERS));
}
