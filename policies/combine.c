/* SPDX-License-Identifier: MIT */
/*
 * From seven opinions to one plan. Everything that keeps the governor from chasing its own tail and
 * is not particular to one policy is here: the settling delay, the gap, the effort ladder, the CPU
 * share.
 *
 * The ladder follows the load of the machine: while there is memory, useless attempts become rare;
 * above system_warn they stay frequent, because somebody else needs what may have become free
 * since.
 */
#include "policies/amount.h"
#include "policies/policy.h"

#define LADDER_STEPS 64

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Time until `since` is `span` old; 0 when it is, or when there was none. */
static uint64_t
remaining(const struct mg_snapshot *s, uint64_t since_ns, uint64_t span_ns)
{
	if (since_ns == 0)
		return 0;
	return mg_amount_rest(span_ns, mg_amount_rest(s->now_ns, since_ns));
}

static uint64_t
backoff_left(
    const struct mg_config *c, const struct mg_snapshot *s, const struct mg_policy_state *state)
{
	uint64_t backoff = state->backoff_ns;

	if (mg_amount_is_eager(c, s))
		backoff = least(backoff, mg_amount_product(c->compact_gap, 2));
	return remaining(s, state->acted_ns, backoff);
}

static uint64_t
gap_left(const struct mg_config *c, const struct mg_snapshot *s)
{
	if (s->compactions == 0)
		return 0;
	return mg_amount_rest(c->compact_gap, mg_amount_ns(s->last_compact_age_ms));
}

static bool
is_stronger(const struct mg_decision *a, const struct mg_decision *b)
{
	return a->action > b->action || (a->action == b->action && a->urgent && !b->urgent);
}

/* The strongest decision whose policy is not backing off, -1 for none; *backoff_ns is the shortest
 * backoff. */
static int
choose(const struct mg_config *c, const struct mg_snapshot *s, const struct mg_decision *decisions,
    const struct mg_policy_state *states, uint64_t *backoff_ns)
{
	int best = -1;

	*backoff_ns = MG_POLICY_NEVER;
	for (int i = 0; i < MG_POLICIES; i++) {
		uint64_t left;

		if (decisions[i].action == MG_ACT_NONE)
			continue;
		left = backoff_left(c, s, &states[i]);
		if (left > 0)
			*backoff_ns = least(*backoff_ns, left);
		else if (best < 0 || is_stronger(&decisions[i], &decisions[best]))
			best = i;
	}
	return best;
}

/* Time until somebody should look whether the program is idle; while it is, the policy knows
 * better. */
static uint64_t
next_look(
    const struct mg_config *c, const struct mg_snapshot *s, const struct mg_policy_state *idle)
{
	uint64_t first = mg_amount_ns(mg_amount_rest(MG_AMOUNT_FIRST_LOOK_MS, s->uptime_ms));

	if (c->idle_timeout == 0 || c->idle_compact == 0 || idle->since_ns != 0)
		return MG_POLICY_NEVER;
	return first > 0 ? first : c->idle_check;
}

static struct mg_plan
wait(const char *reason, uint64_t wake_ns)
{
	return (struct mg_plan){
		.action = MG_ACT_NONE, .policy = -1, .reason = reason, .wake_ns = wake_ns
	};
}

/* What still holds the chosen decision back: reason and time; time 0 when nothing does. */
static struct mg_plan
hold_back(const struct mg_config *c, const struct mg_snapshot *s, const struct mg_decision *chosen,
    const struct mg_policy_state *state, const struct mg_combine_state *combine)
{
	uint64_t cpu = mg_amount_rest(combine->cpu_free_ns, s->now_ns);
	uint64_t settle = remaining(s, combine->triggered_ns, c->compact_delay);
	uint64_t gap = gap_left(c, s);

	if (chosen->urgent) {
		settle = remaining(s, state->acted_ns, c->compact_delay);
		gap = 0;
	}
	if (cpu > 0 && cpu >= gap && cpu >= settle)
		return wait("compaction has used its CPU share", cpu);
	if (gap > 0 && gap >= settle)
		return wait("too soon after the last compaction", gap);
	return wait("settling", settle);
}

struct mg_plan
mg_policy_combine(const struct mg_config *c, const struct mg_snapshot *s,
    const struct mg_decision decisions[MG_POLICIES],
    const struct mg_policy_state states[MG_POLICIES], struct mg_combine_state *combine)
{
	uint64_t look_ns = next_look(c, s, &states[MG_POLICY_idle]);
	uint64_t backoff_ns;
	int best = choose(c, s, decisions, states, &backoff_ns);
	struct mg_plan plan;

	if (best < 0) {
		combine->triggered_ns = 0;
		return wait(backoff_ns != MG_POLICY_NEVER ? "the last attempts yielded nothing"
							  : "nothing to do",
		    least(backoff_ns, look_ns));
	}
	if (combine->triggered_ns == 0)
		combine->triggered_ns = mg_amount_stamp(s);
	combine->triggered_by = best;
	plan = hold_back(c, s, &decisions[best], &states[best], combine);
	if (plan.wake_ns > 0) {
		plan.wake_ns = least(plan.wake_ns, least(backoff_ns, look_ns));
		return plan;
	}
	combine->triggered_ns = 0;
	return (struct mg_plan){ .action = decisions[best].action,
		.policy = best,
		.reason = decisions[best].reason,
		.wake_ns = least(backoff_ns, look_ns) };
}

/* Less than 1 %, without rounding in favour of an attempt that yielded nothing at all. */
static bool
is_useless(uint64_t scanned_bytes, uint64_t yield_bytes)
{
	return yield_bytes == 0 || yield_bytes < scanned_bytes / 100 + (scanned_bytes % 100 != 0);
}

void
mg_policy_learn(const struct mg_config *c, uint64_t now_ns, struct mg_policy_state *state,
    struct mg_combine_state *combine, uint64_t scanned_bytes, uint64_t yield_bytes,
    uint64_t took_ns)
{
	uint64_t share = c->compact_cpu > 0 ? c->compact_cpu : 1;
	uint64_t paid_ns =
	    mg_amount_sum(mg_amount_product(took_ns / share, 100), took_ns % share * 100 / share);
	uint64_t step = state->backoff_ns > 0 ? state->backoff_ns : c->compact_gap;

	if (is_useless(scanned_bytes, yield_bytes))
		state->backoff_ns = least(
		    mg_amount_product(step, 2), mg_amount_product(c->compact_gap, LADDER_STEPS));
	else
		state->backoff_ns = 0;
	combine->cpu_free_ns = mg_amount_sum(now_ns, mg_amount_rest(paid_ns, took_ns));
}
