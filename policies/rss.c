/* SPDX-License-Identifier: MIT */
/*
 * The ceiling on the whole process. Memory that memgov does not own (mapped files, stacks, another
 * allocator) counts here, so a compaction may change nothing at all: acting on the same reading at
 * every tick would burn CPU without end. The effort ladder of combine.c spaces such attempts. There
 * is no second threshold: a ceiling that goes on acting below itself would be another ceiling.
 */
#include "policies/amount.h"

struct mg_decision
mg_policy_rss(const struct mg_config *c, const struct mg_snapshot *s, struct mg_policy_state *state)
{
	bool above = c->rss_max > 0 && s->rss_bytes > c->rss_max;

	mg_amount_latch(state, s, above, !above);
	if (c->rss_max == 0)
		return mg_amount_wait("rss_max is off", MG_POLICY_NEVER);
	if (above)
		return mg_amount_act(MG_ACT_LIMIT, "rss above rss_max", true);
	return mg_amount_wait("rss within rss_max", MG_POLICY_NEVER);
}
