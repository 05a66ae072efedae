/* SPDX-License-Identifier: MIT */
/*
 * The clock: what no other policy noticed is given back at least this often. The time runs from the
 * last compaction, whoever started it, so it never adds to the others; and it is the last row of
 * the table, so it never takes the reason from them.
 */
#include "policies/amount.h"

struct mg_decision
mg_policy_interval(
    const struct mg_config *c, const struct mg_snapshot *s, struct mg_policy_state *state)
{
	uint64_t age_ns = mg_amount_ns(s->last_compact_age_ms);
	bool due = c->compact_interval > 0 && age_ns >= c->compact_interval;

	mg_amount_latch(state, s, due, !due);
	if (c->compact_interval == 0)
		return mg_amount_wait("compact_interval is off", MG_POLICY_NEVER);
	if (due)
		return mg_amount_act(MG_ACT_COMPACT, "compact_interval has passed", false);
	return mg_amount_wait("compact_interval has not passed", c->compact_interval - age_ns);
}
