/* SPDX-License-Identifier: MIT */
/*
 * Much of the footprint is free memory. The loop to stay out of: some of it is what threads keep
 * ready, and a compaction that takes it sees it back a moment later, so the share would rise to the
 * same mark for ever. It has to fall to three quarters of the mark before the condition is over,
 * the gap applies, and compactions that yield nothing climb the effort ladder. Small heaps are left
 * alone: there is nothing worth a system call.
 */
#include "policies/amount.h"

#define SMALL_BYTES (64ull << 20)

struct mg_decision
mg_policy_fragmentation(
    const struct mg_config *c, const struct mg_snapshot *s, struct mg_policy_state *state)
{
	uint64_t share = mg_amount_percent(s->heap_footprint_bytes, c->fragmentation);
	uint64_t mark = mg_amount_is_eager(c, s) ? share / 2 : share;
	uint64_t unused = mg_amount_sum(s->cached_bytes, s->parked_bytes);
	bool counts = c->fragmentation > 0 && s->heap_footprint_bytes > SMALL_BYTES;
	bool high = mg_amount_latch(
	    state, s, counts && unused >= mark, !counts || unused < mark - mark / 4);

	if (c->fragmentation == 0)
		return mg_amount_wait("fragmentation is off", MG_POLICY_NEVER);
	if (!counts)
		return mg_amount_wait("heap is small", MG_POLICY_NEVER);
	if (high)
		return mg_amount_act(MG_ACT_COMPACT, "much of the footprint is free", false);
	return mg_amount_wait("little of the footprint is free", MG_POLICY_NEVER);
}
