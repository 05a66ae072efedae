/* SPDX-License-Identifier: MIT */
/*
 * Arithmetic that policies share. Inline, so that a policy has no undefined symbols; saturating,
 * because a snapshot may hold anything up to UINT64_MAX (a counter that wrapped, a reading that
 * failed).
 */
#ifndef MG_AMOUNT_H
#define MG_AMOUNT_H

#include "policies/policy.h"

#include <stdbool.h>
#include <stdint.h>

#define MG_AMOUNT_NS_PER_MS 1000000ull
#define MG_AMOUNT_FIRST_LOOK_MS 5000 /* after the start; see idle.c */

static inline uint64_t
mg_amount_sum(uint64_t a, uint64_t b)
{
	uint64_t v;

	return __builtin_add_overflow(a, b, &v) ? UINT64_MAX : v;
}

/* a - b, not below 0. */
static inline uint64_t
mg_amount_rest(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static inline uint64_t
mg_amount_product(uint64_t a, uint64_t b)
{
	uint64_t v;

	return __builtin_mul_overflow(a, b, &v) ? UINT64_MAX : v;
}

static inline uint64_t
mg_amount_ns(uint64_t ms)
{
	return mg_amount_product(ms, MG_AMOUNT_NS_PER_MS);
}

/* pct % of `whole`, rounded down; exact for pct up to 100. */
static inline uint64_t
mg_amount_percent(uint64_t whole, uint64_t pct)
{
	return mg_amount_sum(mg_amount_product(whole / 100, pct), whole % 100 * pct / 100);
}

/* Time until `have` is `want`, if it goes on growing as it did in the last `age_ns`. */
static inline uint64_t
mg_amount_eta_ns(uint64_t have, uint64_t want, uint64_t age_ns)
{
	uint64_t missing = mg_amount_rest(want, have);
	uint64_t v;

	while (__builtin_mul_overflow(missing, age_ns, &v)) {
		missing >>= 1;
		have >>= 1;
	}
	return have > 0 && age_ns > 0 ? v / have : MG_POLICY_NEVER;
}

/* now_ns as a time that was noted: 0 means "none" there. */
static inline uint64_t
mg_amount_stamp(const struct mg_snapshot *s)
{
	return s->now_ns > 0 ? s->now_ns : 1;
}

/*
 * A condition with two thresholds: it begins to hold at `on` and ends to hold at `off`, so that a
 * reading that wavers around one threshold does not start the settling delay again and again.
 */
static inline bool
mg_amount_latch(struct mg_policy_state *state, const struct mg_snapshot *s, bool on, bool off)
{
	if (on && state->since_ns == 0)
		state->since_ns = mg_amount_stamp(s);
	else if (off)
		state->since_ns = 0;
	return state->since_ns != 0;
}

/*
 * Adaptation to the load of the machine. While there is memory, the thresholds that options name
 * hold; above system_warn policies are eager: they act on half as much, because now somebody else
 * needs it.
 */
static inline bool
mg_amount_is_eager(const struct mg_config *c, const struct mg_snapshot *s)
{
	return s->system_used_pct >= c->system_warn;
}

static inline struct mg_decision
mg_amount_wait(const char *reason, uint64_t next_ns)
{
	return (struct mg_decision){ .action = MG_ACT_NONE, .reason = reason, .next_ns = next_ns };
}

static inline struct mg_decision
mg_amount_act(enum mg_action action, const char *reason, bool urgent)
{
	return (struct mg_decision){ .action = action, .reason = reason, .urgent = urgent };
}

#endif
