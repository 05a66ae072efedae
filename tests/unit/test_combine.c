/* SPDX-License-Identifier: MIT */
#include "tests/unit/support.h"

#include <string.h>

/* What a tick hands to combine; each test sets what it is about. compact_gap is 60 s, compact_delay
 * 2 s. */
static struct mg_config config;
static struct mg_snapshot s;
static struct mg_decision decisions[MG_POLICIES];
static struct mg_policy_state states[MG_POLICIES];
static struct mg_combine_state combine;

#define NOW (1000 * S)

static void
start(void)
{
	config = support_config(NULL);
	s = (struct mg_snapshot){
		.now_ns = NOW, .uptime_ms = 900000, .last_compact_age_ms = 900000
	};
	memset(states, 0, sizeof states);
	memset(&combine, 0, sizeof combine);
	for (int i = 0; i < MG_POLICIES; i++)
		decisions[i] = (struct mg_decision){ .reason = "no", .next_ns = MG_POLICY_NEVER };
}

static void
decide(enum mg_policy_id id, enum mg_action action, bool urgent)
{
	decisions[id] = (struct mg_decision){
		.action = action, .reason = mg_policy_table[id].name, .urgent = urgent
	};
}

static struct mg_plan
plan(void)
{
	return mg_policy_combine(&config, &s, decisions, states, &combine);
}

static void
pass(uint64_t ns)
{
	s.now_ns += ns;
	s.last_compact_age_ms += ns / MS;
}

static void
expect_wait(const char *reason, uint64_t wake_ns)
{
	struct mg_plan p = plan();

	cr_expect(eq(int, (int)p.action, MG_ACT_NONE));
	cr_expect(eq(int, p.policy, -1));
	cr_expect(SAME(p.reason, reason));
	cr_expect(eq(u64, p.wake_ns, wake_ns));
}

static void
expect_act(enum mg_policy_id id, enum mg_action action)
{
	struct mg_plan p = plan();

	cr_expect(eq(int, (int)p.action, (int)action));
	cr_expect(eq(int, p.policy, (int)id));
	cr_expect(SAME(p.reason, mg_policy_table[id].name));
	cr_expect(zero(u64, combine.triggered_ns), "the next trigger settles anew");
}

/* Without looks for idleness, so that wake_ns is what the test is about. */
static void
start_without_looks(void)
{
	start();
	config = support_config("idle_timeout=0");
}

TestSuite(combine, .init = start_without_looks);

Test(combine, table_is_the_def_in_order)
{
	cr_expect(eq(int, MG_POLICIES, 7));
	cr_expect(SAME(mg_policy_table[0].name, "rss"));
	cr_expect(SAME(mg_policy_table[MG_POLICY_interval].name, "interval"));
	cr_expect(mg_policy_table[MG_POLICY_idle].decide == mg_policy_idle);
}

Test(combine, does_nothing_when_nobody_wants_anything)
{
	expect_wait("nothing to do", MG_POLICY_NEVER);
	cr_expect(zero(u64, combine.triggered_ns));
}

Test(combine, lets_a_trigger_settle)
{
	decide(MG_POLICY_released, MG_ACT_COMPACT, false);
	expect_wait("settling", 2 * S);
	cr_expect(eq(u64, combine.triggered_ns, NOW));
	cr_expect(eq(int, combine.triggered_by, MG_POLICY_released));
	pass(2 * S - 1);
	expect_wait("settling", 1);
	pass(1);
	expect_act(MG_POLICY_released, MG_ACT_COMPACT);
}

Test(combine, does_not_settle_anew_when_another_policy_joins)
{
	decide(MG_POLICY_interval, MG_ACT_COMPACT, false);
	plan();
	pass(S);
	decide(MG_POLICY_level, MG_ACT_COMPACT, false);
	expect_wait("settling", S);
	cr_expect(eq(int, combine.triggered_by, MG_POLICY_level));
	pass(S);
	expect_act(MG_POLICY_level, MG_ACT_COMPACT);
}

Test(combine, forgets_a_trigger_that_went_away)
{
	decide(MG_POLICY_released, MG_ACT_COMPACT, false);
	plan();
	pass(S);
	decide(MG_POLICY_released, MG_ACT_NONE, false);
	plan();
	cr_expect(zero(u64, combine.triggered_ns));
	pass(S);
	decide(MG_POLICY_released, MG_ACT_COMPACT, false);
	expect_wait("settling", 2 * S);
}

Test(combine, acts_at_once_without_a_delay)
{
	config.compact_delay = 0;
	decide(MG_POLICY_released, MG_ACT_COMPACT, false);
	expect_act(MG_POLICY_released, MG_ACT_COMPACT);
}

Test(combine, keeps_a_gap_to_the_last_compaction)
{
	config.compact_delay = 0;
	s.compactions = 1;
	s.last_compact_age_ms = 59999;
	decide(MG_POLICY_released, MG_ACT_COMPACT, false);
	expect_wait("too soon after the last compaction", MS);
	pass(MS);
	expect_act(MG_POLICY_released, MG_ACT_COMPACT);
}

Test(combine, has_no_gap_before_the_first_compaction)
{
	config.compact_delay = 0;
	s.last_compact_age_ms = 0;
	decide(MG_POLICY_released, MG_ACT_COMPACT, false);
	expect_act(MG_POLICY_released, MG_ACT_COMPACT);
}

Test(combine, settles_while_the_gap_passes)
{
	s.compactions = 1;
	s.last_compact_age_ms = 59000;
	decide(MG_POLICY_released, MG_ACT_COMPACT, false);
	expect_wait("settling", 2 * S);
	s.last_compact_age_ms = 57000;
	expect_wait("too soon after the last compaction", 3 * S);
	pass(3 * S);
	expect_act(MG_POLICY_released, MG_ACT_COMPACT);
}

Test(combine, urgent_skips_delay_and_gap)
{
	s.compactions = 1;
	s.last_compact_age_ms = 0;
	decide(MG_POLICY_level, MG_ACT_COMPACT, true);
	expect_act(MG_POLICY_level, MG_ACT_COMPACT);
}

Test(combine, urgent_waits_to_see_what_its_last_one_did)
{
	states[MG_POLICY_level].acted_ns = NOW - S;
	decide(MG_POLICY_level, MG_ACT_COMPACT, true);
	expect_wait("settling", S);
	pass(S);
	expect_act(MG_POLICY_level, MG_ACT_COMPACT);
}

Test(combine, takes_the_most_severe_then_the_urgent_then_the_first)
{
	config.compact_delay = 0;
	decide(MG_POLICY_interval, MG_ACT_COMPACT, false);
	decide(MG_POLICY_released, MG_ACT_COMPACT, false);
	expect_act(MG_POLICY_released, MG_ACT_COMPACT);
	decide(MG_POLICY_idle, MG_ACT_COMPACT, true);
	expect_act(MG_POLICY_idle, MG_ACT_COMPACT);
	decide(MG_POLICY_interval, MG_ACT_COMPACT_AGGRESSIVE, false);
	expect_act(MG_POLICY_interval, MG_ACT_COMPACT_AGGRESSIVE);
	decide(MG_POLICY_pressure, MG_ACT_COMPACT_AGGRESSIVE, false);
	expect_act(MG_POLICY_pressure, MG_ACT_COMPACT_AGGRESSIVE);
	decide(MG_POLICY_interval, MG_ACT_LIMIT, false);
	expect_act(MG_POLICY_interval, MG_ACT_LIMIT);
}

Test(combine, leaves_out_a_policy_that_backs_off)
{
	config.compact_delay = 0;
	states[MG_POLICY_level] =
	    (struct mg_policy_state){ .acted_ns = NOW - 100 * S, .backoff_ns = 120 * S };
	decide(MG_POLICY_level, MG_ACT_COMPACT, true);
	expect_wait("the last attempts yielded nothing", 20 * S);
	decide(MG_POLICY_interval, MG_ACT_COMPACT, false);
	expect_act(MG_POLICY_interval, MG_ACT_COMPACT);
	pass(20 * S);
	expect_act(MG_POLICY_level, MG_ACT_COMPACT);
}

Test(combine, wakes_for_the_backoff_that_ends_first)
{
	decide(MG_POLICY_level, MG_ACT_COMPACT, false);
	decide(MG_POLICY_idle, MG_ACT_COMPACT, false);
	for (uint64_t i = 0; i < 2; i++) {
		states[MG_POLICY_level] = (struct mg_policy_state){ .acted_ns = NOW - 100 * S,
			.backoff_ns = (120 + 10 * i) * S };
		states[MG_POLICY_idle] = (struct mg_policy_state){ .acted_ns = NOW - 100 * S,
			.backoff_ns = (130 - 10 * i) * S };
		expect_wait("the last attempts yielded nothing", 20 * S);
	}
}

Test(combine, backs_off_less_when_the_system_is_short_of_memory)
{
	config.compact_delay = 0;
	states[MG_POLICY_released] =
	    (struct mg_policy_state){ .acted_ns = NOW - 119 * S, .backoff_ns = 3840 * S };
	decide(MG_POLICY_released, MG_ACT_COMPACT, false);
	s.system_used_pct = 84;
	expect_wait("the last attempts yielded nothing", 3721 * S);
	s.system_used_pct = 85;
	expect_wait("the last attempts yielded nothing", S);
	pass(S);
	expect_act(MG_POLICY_released, MG_ACT_COMPACT);
}

Test(combine, nobody_skips_the_cpu_share)
{
	combine.cpu_free_ns = NOW + 5 * S;
	decide(MG_POLICY_rss, MG_ACT_LIMIT, true);
	expect_wait("compaction has used its CPU share", 5 * S);
	pass(5 * S - 1);
	expect_wait("compaction has used its CPU share", 1);
	pass(1);
	expect_act(MG_POLICY_rss, MG_ACT_LIMIT);
}

Test(combine, settles_while_the_cpu_share_recovers)
{
	combine.cpu_free_ns = NOW + S;
	decide(MG_POLICY_released, MG_ACT_COMPACT, false);
	expect_wait("settling", 2 * S);
	pass(2 * S);
	expect_act(MG_POLICY_released, MG_ACT_COMPACT);
}

Test(combine, survives_numbers_at_the_end_of_their_range)
{
	s = (struct mg_snapshot){
		.now_ns = UINT64_MAX, .last_compact_age_ms = UINT64_MAX, .compactions = UINT64_MAX
	};
	combine.cpu_free_ns = UINT64_MAX;
	decide(MG_POLICY_rss, MG_ACT_LIMIT, true);
	expect_act(MG_POLICY_rss, MG_ACT_LIMIT);
	states[MG_POLICY_rss] =
	    (struct mg_policy_state){ .acted_ns = UINT64_MAX, .backoff_ns = UINT64_MAX - 1 };
	expect_wait("the last attempts yielded nothing", UINT64_MAX - 1);
	s.now_ns = 0;
	combine.cpu_free_ns = UINT64_MAX;
	decide(MG_POLICY_level, MG_ACT_COMPACT, false);
	expect_wait("compaction has used its CPU share", UINT64_MAX - 1);
	cr_expect(eq(u64, combine.triggered_ns, 1), "a trigger at time 0 is a trigger");
}

/* idle_check is 10 s. */
Test(combine, asks_to_be_woken_to_look_for_idleness, .init = start)
{
	expect_wait("nothing to do", 10 * S);
	s.uptime_ms = 4000;
	expect_wait("nothing to do", S);
	s.uptime_ms = 5000;
	expect_wait("nothing to do", 10 * S);
	config.compact_delay = 11 * S;
	decide(MG_POLICY_released, MG_ACT_COMPACT, false);
	expect_wait("settling", 10 * S);
	decide(MG_POLICY_released, MG_ACT_NONE, false);
	states[MG_POLICY_idle].since_ns = NOW - S;
	expect_wait("nothing to do", MG_POLICY_NEVER);
}

Test(combine, asks_for_no_looks_when_idleness_does_not_matter, .init = start)
{
	config.idle_compact = 0;
	expect_wait("nothing to do", MG_POLICY_NEVER);
}

/* The whole loop, with real policies: an idle program that has nothing to give is asked ever more
 * rarely. */
Test(combine, an_idle_program_is_left_alone_after_a_while, .init = start)
{
	unsigned compactions = 0;

	for (unsigned second = 0; second < 4 * 3600; second++) {
		struct mg_plan p;

		s.now_ns = NOW + second * S;
		s.uptime_ms = s.idle_ms = 900000 + second * 1000;
		s.last_compact_age_ms = s.compactions == 0
					    ? s.uptime_ms
					    : (s.now_ns - states[MG_POLICY_idle].acted_ns) / MS;
		config.compact_interval = 0;
		for (int i = 0; i < MG_POLICIES; i++)
			decisions[i] = mg_policy_table[i].decide(&config, &s, &states[i]);
		p = plan();
		if (p.action == MG_ACT_NONE)
			continue;
		compactions++;
		s.compactions++;
		states[p.policy].acted_ns = s.now_ns;
		mg_policy_learn(
		    &config, s.now_ns, &states[p.policy], &combine, 100 * MB, 0, 50 * MS);
	}
	/* At 0, 2, 6, 14, 30, 62, 126, 190 minutes. */
	cr_expect(eq(u32, compactions, 8));
}
