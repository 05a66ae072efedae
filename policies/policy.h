/* SPDX-License-Identifier: MIT */
/*
 * A policy says whether the heap should be compacted now, and why. It is a function of its
 * arguments: the options, a snapshot (which carries the time), and a state of its own that the
 * governor keeps for it. It reads no clock, does no I/O, allocates nothing, locks nothing; the
 * governor acts. One file each; combine.c chooses between them.
 */
#ifndef MG_POLICY_H
#define MG_POLICY_H

#include "shim/tables/config.h"
#include "shim/tables/snapshot.h"

#include <stdbool.h>
#include <stdint.h>

enum mg_action {
	MG_ACT_NONE,
	MG_ACT_COMPACT,
	MG_ACT_COMPACT_AGGRESSIVE,
	MG_ACT_LIMIT, /* compact; if the reason is still there after it, take the last step of
			 at_limit */
};

struct mg_decision {
	enum mg_action action;
	const char *reason; /* static text, the same words in log, events and tests; never NULL */
	bool urgent;        /* skips the settling delay and the gap */
	uint64_t next_ns;   /* time until this policy would act if nothing else changes; UINT64_MAX
			       when it cannot tell */
};

#define MG_POLICY_NEVER UINT64_MAX

/* What a policy remembers between ticks. All zero is the start. */
struct mg_policy_state {
	uint64_t
	    since_ns; /* now_ns when the condition first held, 0 when it does not (hysteresis) */
	uint64_t acted_ns;   /* now_ns of the last compaction this policy started; written by the
				governor */
	uint64_t backoff_ns; /* least time to its next one, doubled by compactions that yield
				nothing (combine.c) */
	uint64_t decisions;  /* compactions it started; written by the governor */
	const char *last_reason;
};

typedef struct mg_decision mg_policy_fn(
    const struct mg_config *, const struct mg_snapshot *, struct mg_policy_state *);

#define POLICY(name, doc) mg_policy_fn mg_policy_##name;
#include "policies/policies.def"

enum mg_policy_id {
#define POLICY(name, doc) MG_POLICY_##name,
#include "policies/policies.def"
	MG_POLICIES
};

struct mg_policy {
	const char *name;
	const char *doc;
	mg_policy_fn *decide;
};
extern const struct mg_policy mg_policy_table[MG_POLICIES];

/* What the governor remembers for the choice between policies. All zero is the start. */
struct mg_combine_state {
	uint64_t triggered_ns; /* now_ns when the decision that is settling was first made, 0 when
				  there is none */
	int triggered_by;      /* its policy */
	uint64_t cpu_free_ns;  /* now_ns before which compaction has used up its CPU share */
};

struct mg_plan {
	enum mg_action action;
	int policy;         /* whose decision, -1 when action is NONE */
	const char *reason; /* static text; never NULL */
	uint64_t wake_ns;   /* time until combine wants to be asked again; MG_POLICY_NEVER when it
			       does not care */
};

/*
 * Chooses among decisions[MG_POLICIES]: the most severe action wins, then what is urgent, then
 * table order. Applies the settling delay (compact_delay), the gap since the last compaction
 * (compact_gap), each policy's own backoff, and the CPU share (compact_cpu). Urgent decisions skip
 * delay and gap, not the CPU share; two of one policy are compact_delay apart, so that the second
 * sees what the first did. Above system_warn a backoff is at most twice compact_gap.
 */
struct mg_plan mg_policy_combine(const struct mg_config *c, const struct mg_snapshot *s,
    const struct mg_decision decisions[MG_POLICIES],
    const struct mg_policy_state states[MG_POLICIES], struct mg_combine_state *combine);

/*
 * Tells the effort ladder how a compaction went. One that yielded less than 1 % of `scanned_bytes`
 * doubles the time to this policy's next one (from compact_gap, up to 64 times it); a better one
 * resets it. Also books the CPU share: took_ns of CPU are paid for with took_ns * 100 / compact_cpu
 * of time, took_ns itself included. now_ns is when it ended.
 */
void mg_policy_learn(const struct mg_config *c, uint64_t now_ns, struct mg_policy_state *state,
    struct mg_combine_state *combine, uint64_t scanned_bytes, uint64_t yield_bytes,
    uint64_t took_ns);

#endif
