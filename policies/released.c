/* SPDX-License-Identifier: MIT */
/*
 * The program let go of much: a burst is over, a batch is done. The loop to stay out of: a program
 * that allocates and frees the same blocks releases without end and has nothing to give back, and
 * what a compaction takes from it is touched again at once. The count starts again at each
 * compaction, the settling delay lets the burst end, and compactions that yield nothing climb the
 * effort ladder.
 */
#include "policies/amount.h"

struct mg_decision
mg_policy_released(
    const struct mg_config *c, const struct mg_snapshot *s, struct mg_policy_state *state)
{
	uint64_t have = s->released_since_compact_bytes;
	uint64_t want = mg_amount_is_eager(c, s) ? c->released / 2 : c->released;
	bool enough = c->released > 0 && have >= want;

	mg_amount_latch(state, s, enough, !enough);
	if (c->released == 0)
		return mg_amount_wait("released is off", MG_POLICY_NEVER);
	if (enough)
		return mg_amount_act(MG_ACT_COMPACT, "enough bytes released", false);
	return mg_amount_wait("not enough bytes released",
	    mg_amount_eta_ns(have, want, mg_amount_ns(s->last_compact_age_ms)));
}
