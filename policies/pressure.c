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
 * The condition ends half the distance between the marks below the warning mark, since what one
 * compaction gives back moves the reading by a percent or two.
 */
#include "policies/amount.h"

struct mg_decision
mg_policy_pressure(
    const struct mg_config *c, const struct mg_snapshot *s, struct mg_policy_state *state)
{
	uint64_t used = s->system_used_pct;
	uint64_t felt = mg_amount_sum(used, s->stall_pct);
	uint64_t slack = mg_amount_rest(c->system_critical, c->system_warn) / 2;
	bool urgent =
	    state->acted_ns == 0 || mg_amount_rest(s->now_ns, state->acted_ns) >= c->compact_gap;
	bool high = mg_amount_latch(
	    state, s, felt >= c->system_warn, felt < mg_amount_rest(c->system_warn, slack));

	if (used >= c->system_critical)
		return mg_amount_act(
		    MG_ACT_COMPACT_AGGRESSIVE, "system memory above system_critical", urgent);
	if (felt >= c->system_critical)
		return mg_amount_act(MG_ACT_COMPACT, "tasks wait for memory", urgent);
	if (high)
		return mg_amount_act(MG_ACT_COMPACT, "system memory above system_warn", false);
	return mg_amount_wait("system has memory", MG_POLICY_NEVER);
}
