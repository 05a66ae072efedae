/* SPDX-License-Identifier: MIT */
/*
 * The machine, or the cgroup, runs out of memory. Two loops to stay out of:
 *
 * - The reading belongs to the machine, not to this process: when others hold the memory, no
 * compaction here lowers it. The effort ladder ends that one.
 * - Aggressive compaction pushes pages to swap, and the program waits for those it still needs:
 * that is a stall. If stalls led to aggressive compaction, it would feed itself. So stalls count
 * towards the warning mark and can hurry a plain compaction; only use turns it aggressive.
 *
 * A third is waste: a compaction that finds nothing makes the next one wait. So whoever has
 * released nothing since the last one is left alone, unless there is swap that cold memory could go
 * to; and whoever has released much is in a hurry, for a neighbour may need it this very second.
 *
 * The condition ends half the distance between the marks below the warning mark, since what one
 * compaction gives back moves the reading by a percent or two.
 */
#include "policies/amount.h"

#define LEAST_GAIN_BYTES ((uint64_t)1 << 20)

/* What a compaction may give back at most. */
static uint64_t
gain_bytes(const struct mg_snapshot *s)
{
	uint64_t free = mg_amount_sum(s->cached_bytes, s->parked_bytes);
	uint64_t released = s->compactions == 0 ? free : s->released_since_compact_bytes;

	return free < released ? free : released;
}

static bool
gap_is_over(
    const struct mg_config *c, const struct mg_snapshot *s, const struct mg_policy_state *state)
{
	return state->acted_ns == 0 || mg_amount_rest(s->now_ns, state->acted_ns) >= c->compact_gap;
}

struct mg_decision
mg_policy_pressure(
    const struct mg_config *c, const struct mg_snapshot *s, struct mg_policy_state *state)
{
	uint64_t used = s->system_used_pct;
	uint64_t felt = mg_amount_sum(used, s->stall_pct);
	uint64_t slack = mg_amount_rest(c->system_critical, c->system_warn) / 2;
	uint64_t gain = gain_bytes(s);
	bool yields = gain >= LEAST_GAIN_BYTES, swaps = s->swap_free_bytes > 0;
	bool much = yields && gain >= s->heap_footprint_bytes / 4;
	bool high = mg_amount_latch(
	    state, s, felt >= c->system_warn, felt < mg_amount_rest(c->system_warn, slack));

	if (used >= c->system_critical && (yields || swaps))
		return mg_amount_act(MG_ACT_COMPACT_AGGRESSIVE,
		    "system memory above system_critical", yields || gap_is_over(c, s, state));
	if (felt >= c->system_critical && yields)
		return mg_amount_act(MG_ACT_COMPACT, "tasks wait for memory", true);
	if (high && yields)
		return mg_amount_act(MG_ACT_COMPACT, "system memory above system_warn", much);
	return mg_amount_wait(high ? "nothing to give back" : "system has memory", MG_POLICY_NEVER);
}
