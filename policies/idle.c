/* SPDX-License-Identifier: MIT */
/*
 * Nothing was allocated for a while, so nobody waits for what a compaction takes. The loop to stay
 * out of: an idle program has, after the first compaction, nothing more to give, and a governor
 * that wakes every minute to find that out keeps the machine from sleeping; the effort ladder
 * stretches idle_compact then. Programs allocate while they start, and pause between: the first
 * look is late enough not to mistake that for idleness.
 */
#include "policies/amount.h"

/* Idleness is looked at every idle_check: the time until the look that finds it. */
static uint64_t
whole_checks_ns(const struct mg_config *c, uint64_t missing_ns)
{
	uint64_t check = c->idle_check > 0 ? c->idle_check : 1;

	return mg_amount_product(missing_ns / check + (missing_ns % check != 0), check);
}

static uint64_t
first_chance_ns(const struct mg_config *c, const struct mg_snapshot *s)
{
	uint64_t look_ns = mg_amount_ns(MG_AMOUNT_FIRST_LOOK_MS - s->uptime_ms);
	uint64_t idle_ns = mg_amount_sum(mg_amount_ns(s->idle_ms), look_ns);

	return mg_amount_sum(look_ns, whole_checks_ns(c, mg_amount_rest(c->idle_timeout, idle_ns)));
}

struct mg_decision
mg_policy_idle(
    const struct mg_config *c, const struct mg_snapshot *s, struct mg_policy_state *state)
{
	uint64_t idle_ns = mg_amount_ns(s->idle_ms);
	bool enabled = c->idle_timeout > 0 && c->idle_compact > 0;
	bool started = s->uptime_ms >= MG_AMOUNT_FIRST_LOOK_MS;
	bool idle = enabled && started && idle_ns >= c->idle_timeout;
	uint64_t age_ns = mg_amount_rest(s->now_ns, state->acted_ns);

	mg_amount_latch(state, s, idle, !idle);
	if (!enabled)
		return mg_amount_wait("idle_timeout or idle_compact is off", MG_POLICY_NEVER);
	if (!started)
		return mg_amount_wait("the program starts", first_chance_ns(c, s));
	if (!idle)
		return mg_amount_wait(
		    "the program allocates", whole_checks_ns(c, c->idle_timeout - idle_ns));
	/* The first compaction of an idle time does not wait; the others do. */
	if (state->acted_ns >= state->since_ns && age_ns < c->idle_compact)
		return mg_amount_wait("idle and compacted", c->idle_compact - age_ns);
	return mg_amount_act(MG_ACT_COMPACT, "the program is idle", false);
}
