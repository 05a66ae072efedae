/* SPDX-License-Identifier: MIT */
/*
 * The heap is filling up. The loop to stay out of: a heap that is full of live blocks stays above
 * the level whatever is done, and a compaction at every tick would take from the program just when
 * it works hardest; the effort ladder ends that one. Compaction also empties the caches of threads,
 * which then fill again and lift the footprint by as much: so the condition ends only a quarter of
 * the way from the level to the ceiling below the level.
 *
 * Above half of that way it is urgent, because the next step is the ceiling, where program threads
 * pay.
 */
#include "policies/amount.h"

struct mg_decision
mg_policy_level(
    const struct mg_config *c, const struct mg_snapshot *s, struct mg_policy_state *state)
{
	uint64_t footprint = s->heap_footprint_bytes;
	uint64_t level = mg_amount_percent(s->heap_limit_bytes, c->heap_level);
	uint64_t headroom = mg_amount_rest(s->heap_limit_bytes, level);
	bool enabled = c->heap_level > 0 && s->heap_limit_bytes > 0;
	bool high = mg_amount_latch(state, s, enabled && footprint > level,
	    !enabled || footprint <= mg_amount_rest(level, headroom / 4));

	if (!enabled)
		return mg_amount_wait("no ceiling or no level", MG_POLICY_NEVER);
	if (footprint > level + headroom / 2)
		return mg_amount_act(MG_ACT_COMPACT, "footprint close to the ceiling", true);
	if (high)
		return mg_amount_act(MG_ACT_COMPACT, "footprint above heap_level", false);
	return mg_amount_wait("footprint within heap_level", MG_POLICY_NEVER);
}
