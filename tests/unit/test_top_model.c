/* SPDX-License-Identifier: MIT */
#include "tests/unit/test_top.h"

TestSuite(top_model, .init = set_up, .fini = tear_down);

Test(top_model, computes_rates_from_the_time_that_passed)
{
	tell(7, 1 * S, "uptime_ms 1000\nallocs 100\nfrees 100\n");
	cr_expect(not(mg_procs_find(&m.procs, 7)->has_rates));
	tell(7, 1 * S + 500 * MS, "uptime_ms 1500\nallocs 150\nfrees 90\n");
	cr_expect(eq(u64, mg_procs_find(&m.procs, 7)->rates[MG_REPLY_STAT_allocs], 100));
	cr_expect(zero(u64, mg_procs_find(&m.procs, 7)->rates[MG_REPLY_STAT_frees]),
	    "a counter cannot fall");
}

Test(top_model, begins_anew_when_another_program_took_the_process)
{
	tell(7, 1 * S, "uptime_ms 9000\nallocs 500\nheap_footprint_bytes 1\n");
	tell(7, 2 * S, "uptime_ms 10\nallocs 5\nheap_footprint_bytes 2\n");
	cr_expect(not(mg_procs_find(&m.procs, 7)->has_rates));
	cr_expect(eq(sz, mg_procs_find(&m.procs, 7)->n_trend, 1));
}

Test(top_model, keeps_the_newest_part_of_a_trend)
{
	char stats[64];

	for (unsigned i = 1; i <= MG_PROCS_TREND + 10; i++) {
		snprintf(stats, sizeof stats, "uptime_ms %u\nheap_footprint_bytes %u\n", i, i);
		tell(7, i * S, stats);
	}
	cr_expect(eq(sz, mg_procs_find(&m.procs, 7)->n_trend, MG_PROCS_TREND));
	cr_expect(eq(u64, mg_procs_find(&m.procs, 7)->trend[0], 11));
}

Test(top_model, starts_a_trend_with_the_history)
{
	const struct mg_proc *p;

	m.step_ns = 1 * S;
	tell(7, 1 * S, "uptime_ms 4000\nheap_footprint_bytes 9\n");
	answer(7, MG_ASK_HISTORY, "ok\n# age_ms heap_footprint_bytes\n3500 1\n1500 2\n");
	p = mg_procs_find(&m.procs, 7);
	cr_assert(eq(sz, p->n_trend, 4));
	cr_expect(eq(u64, p->trend[0], 1));
	cr_expect(eq(u64, p->trend[1], 1));
	cr_expect(eq(u64, p->trend[2], 2));
	cr_expect(eq(u64, p->trend[3], 9));
}

Test(top_model, marks_and_then_drops_a_process_that_ended)
{
	tell(1, 1 * S, "command a\nheap_footprint_bytes 1048576\n");
	mg_model_health(&m, 1, "", MG_HEALTH_ENDED, 2 * S);
	mg_model_settle(&m, 3 * S);
	draw(80, 24);
	SHOWS("ended");
	SHOWS("1M");
	mg_model_settle(&m, 20 * S);
	cr_expect(zero(sz, m.table.n));
}

Test(top_model, forgets_a_process_that_was_never_heard_of)
{
	mg_model_health(&m, 1, "x", MG_HEALTH_NEW, 1 * S);
	mg_model_health(&m, 1, "x", MG_HEALTH_ENDED, 1 * S);
	cr_expect(zero(sz, m.procs.n));
}

Test(top_model, shows_a_stopped_process_with_its_last_values)
{
	tell(1, 1 * S, "command a\nstate active\nheap_footprint_bytes 2097152\nallocs 1\n");
	mg_model_health(&m, 1, "a", MG_HEALTH_STOPPED, 2 * S);
	draw(80, 24);
	SHOWS("stopped");
	SHOWS("2M");
	HIDES("active");
}

Test(top_model, sums_up_what_is_governed)
{
	tell(1, 1 * S, "heap_footprint_bytes 1048576\nrss_bytes 2097152\nlive_bytes 524288\n");
	tell(2, 1 * S, "heap_footprint_bytes 2097152\nrss_bytes 1048576\nparked_bytes 3145728\n");
	draw(80, 24);
	SHOWS("Governed 2  # live 512K  + cached 0  : parked 3M  outside heap 1M  RSS 3M");
}

Test(top_model, compacts_the_selected_process_and_shows_what_came_back)
{
	struct mg_control_effect e;

	tell(1, 1 * S, "command a\n");
	e = press('c');
	cr_expect(eq(int, e.kind, MG_CONTROL_COMMAND));
	cr_expect(eq(int, e.pid, 1));
	cr_expect(SAME(e.text, "compact"));
	draw(80, 24);
	SHOWS("compacting");
	answer(1, MG_ASK_COMMAND, "ok\nyield_bytes 12582912\ntook_ns 3000000\n");
	draw(80, 24);
	SHOWS("12M came back in 3ms");
}

Test(top_model, asks_before_it_compacts_hard)
{
	tell(1, 1 * S, "command a\n");
	cr_expect(eq(int, press('C').kind, MG_CONTROL_NOTHING));
	draw(80, 24);
	SHOWS("Compact 1 and push its cold pages to swap too? y: yes  any other key: no");
	cr_expect(eq(int, press('n').kind, MG_CONTROL_NOTHING));
	draw(80, 24);
	HIDES("y: yes");
	press('C');
	cr_expect(SAME(press('y').text, "compact aggressive"));
	mg_model_health(&m, 1, "a", MG_HEALTH_STOPPED, 2 * S);
	answer(1, MG_ASK_COMMAND, "ok\n");
	press('C');
	draw(80, 24);
	SHOWS("is stopped and cannot compact");
}

Test(top_model, does_not_ask_a_stopped_process_to_compact)
{
	tell(1, 1 * S, "command a\n");
	mg_model_health(&m, 1, "a", MG_HEALTH_STOPPED, 2 * S);
	cr_expect(eq(int, press('c').kind, MG_CONTROL_NOTHING));
	draw(80, 24);
	SHOWS("is stopped and cannot compact");
}

Test(top_model, says_when_a_process_ends_in_the_middle_of_a_command)
{
	tell(1, 1 * S, "command a\n");
	press('c');
	mg_model_health(&m, 1, "", MG_HEALTH_ENDED, 5 * S);
	draw(80, 24);
	SHOWS("has ended before it answered");
}

Test(top_model, takes_replies_that_are_noise)
{
	tell(1, 1 * S, "command app\n");
	press(MG_KEY_ENTER);
	for (enum mg_ask ask = MG_ASK_COMMAND; ask < MG_ASKS; ask++) {
		answer(1, ask, "");
		answer(1, ask, "ok");
		answer(1, ask, "ok\n\n\n \n  x\n# \n");
		answer(99, ask, "ok\nx");
	}
	draw(80, 24);
	SHOWS("app");
}
