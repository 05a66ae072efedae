/* SPDX-License-Identifier: MIT */
#include "shim/govern/tick.h"

#include "policies/policy.h"
#include "shim/base/log.h"
#include "shim/base/sys.h"
#include "shim/govern/limit.h"
#include "shim/govern/live.h"
#include "shim/govern/survey.h"
#include "shim/heap/heap.h"
#include "shim/observe/history.h"
#include "shim/observe/sites.h"

#include <stdatomic.h>
#include <string.h>

#define SHORTEST_NS (10 * MG_NS_PER_MS)
#define STEP_NS (5 * MG_NS_PER_MS)
#define POINT_NS MG_NS_PER_S
/* Heaps below this are not worth a look every second. */
#define SMALL_HEAP_BYTES ((uint64_t)64 << 20)
#define GROWTH_BYTES ((uint64_t)16 << 20)
#define NO_POLICY (-1)

static struct {
	uint64_t looked_ns; /* 0: not yet */
	_Atomic uint64_t next_ns;
	uint64_t plan_ns; /* when the chosen decision would be taken, from looked_ns on */
	_Atomic uint64_t ticks;
	uint64_t last_work;            /* allocations and releases at the last look */
	_Atomic uint64_t urgent_bytes; /* charge at which the next look is not waited for */
	bool was_pressed;

	struct mg_policy_state policies[MG_POLICIES];
	struct mg_decision decisions[MG_POLICIES];
	struct mg_combine_state combine;

	uint64_t resume_ns;        /* when its next step may run */
	struct mg_compact compact; /* the one that runs, or the last one */
	bool compacting;
	int compact_by; /* its policy, or NO_POLICY */
	bool enforce;   /* its policy wants the limit enforced if the reason is still there */
	const char *compact_reason;
	uint64_t finished;

	struct mg_history history;
	uint64_t history_bytes;
} state;

void
mg_tick_start(void)
{
	struct mg_history kept = state.history;
	uint64_t bytes = state.history_bytes;

	memset(&state, 0, sizeof state);
	state.history = kept;
	state.history_bytes = bytes;
	state.history.n = 0;
	if (state.history.points == NULL) {
		state.history.cap = mg_live_config()->history;
		state.history_bytes = state.history.cap * sizeof *state.history.points;
		state.history.points = mg_sys_map(state.history_bytes);
		mg_survey_add_own(state.history_bytes);
	}
}

static void
begin(bool aggressive, int policy, const char *reason)
{
	mg_compact_begin(&state.compact, aggressive);
	state.resume_ns = 0;
	state.compacting = true;
	state.compact_by = policy;
	state.compact_reason = reason;
}

void
mg_tick_soon(void)
{
	atomic_store_explicit(&state.next_ns, 0, memory_order_relaxed);
}

uint64_t
mg_tick_compact(bool aggressive, const char *reason)
{
	if (!state.compacting)
		begin(aggressive, NO_POLICY, reason);
	return state.finished + 1;
}

uint64_t
mg_tick_finished(struct mg_compact *out)
{
	*out = state.compact;
	return state.finished;
}

static void
enforce_rss(void)
{
	const struct mg_config *c = mg_live_config();

	if (state.compact.rss_after_bytes > c->rss_max)
		mg_limit_enforce_rss(c, state.compact.rss_after_bytes);
}

static void
finish(void)
{
	mg_compact_finish(&state.compact, state.compact_reason);
	state.compacting = false;
	state.finished++;
	if (state.compact_by != NO_POLICY)
		mg_policy_learn(mg_live_config(), mg_sys_now_ns(),
		    &state.policies[state.compact_by], &state.combine, state.compact.scanned_bytes,
		    state.compact.yield_bytes, state.compact.cpu_ns);
	if (state.enforce)
		enforce_rss();
	state.enforce = false;
	/* What the compaction has changed is judged now, not at the end of a wait that was fit for
	 * before. */
	mg_tick_soon();
}

static void
remember(const struct mg_snapshot *s)
{
	struct mg_history *h = &state.history;
	struct mg_point p = {
		.time_ns = s->now_ns,
		.heap_footprint_bytes = s->heap_footprint_bytes,
		.live_bytes = s->live_bytes,
		.cached_bytes = s->cached_bytes,
		.parked_bytes = s->parked_bytes,
		.rss_bytes = s->rss_bytes,
		.returned_bytes = s->returned_bytes,
		.allocs = s->allocs,
		.frees = s->frees,
	};

	if (h->points != NULL && (h->n == 0 || s->now_ns - h->points[h->n - 1].time_ns >= POINT_NS))
		mg_history_add(h, &p);
}

static void
act(const struct mg_plan *plan, const struct mg_snapshot *s)
{
	struct mg_policy_state *p;

	if (plan->action == MG_ACT_NONE)
		return;
	p = &state.policies[plan->policy];
	p->acted_ns = s->now_ns;
	p->decisions++;
	p->last_reason = plan->reason;
	state.enforce = plan->action == MG_ACT_LIMIT;
	begin(plan->action == MG_ACT_COMPACT_AGGRESSIVE || mg_live_config()->aggressive != 0,
	    plan->policy, plan->reason);
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* How long until the next look, from how near the process is to the marks it is watched for. */
static uint64_t
look_interval(const struct mg_config *c, const struct mg_snapshot *s)
{
	uint64_t work = s->allocs + s->frees, interval = c->monitor_interval;
	uint64_t level = s->heap_limit_bytes / 100 * (c->heap_level != 0 ? c->heap_level : 90);

	if (work != state.last_work)
		interval = least(
		    interval, (s->heap_footprint_bytes > SMALL_HEAP_BYTES ? 1 : 5) * MG_NS_PER_S);
	state.last_work = work;
	if (s->heap_limit_bytes != 0 && s->heap_footprint_bytes >= level / 2)
		interval = least(
		    interval, s->heap_footprint_bytes >= level ? MG_NS_PER_S / 4 : MG_NS_PER_S);
	/* Neighbours may need what this process could give back. */
	if (s->system_used_pct >= c->system_warn / 2 &&
	    s->cached_bytes + s->parked_bytes > SMALL_HEAP_BYTES / 4)
		interval = least(interval, MG_NS_PER_S);
	if (c->rss_max != 0)
		interval = least(interval, s->rss_bytes >= c->rss_max / 10 * 9 ? MG_NS_PER_S / 10
					   : s->rss_bytes >= c->rss_max / 2    ? MG_NS_PER_S / 2
									       : MG_NS_PER_S);
	if (c->idle_timeout != 0)
		interval = least(interval, c->idle_check);
	return interval;
}

/* Programs that asked to be told are told once, when the machine gets above its warning mark. */
static void
tell_pressure(const struct mg_config *c, const struct mg_snapshot *s)
{
	bool is_pressed = s->system_used_pct >= c->system_warn;

	if (is_pressed && !state.was_pressed)
		mg_limit_request_notify();
	state.was_pressed = is_pressed;
}

static void
set_urgent_mark(void)
{
	uint64_t charged = mg_heap_charged();
	uint64_t growth = charged / 2 > GROWTH_BYTES ? charged / 2 : GROWTH_BYTES;

	atomic_store_explicit(&state.urgent_bytes, charged + growth, memory_order_relaxed);
}

bool
mg_tick_is_urgent(void)
{
	return mg_heap_charged() >= atomic_load_explicit(&state.urgent_bytes, memory_order_relaxed);
}

/*
 * The effort ladder spaces compactions that do not help; it must not put off the ceiling itself. A
 * reading below the mark ends the episode.
 */
static void
watch_rss(const struct mg_config *c, const struct mg_snapshot *s, const struct mg_plan *plan)
{
	if (c->rss_max == 0 || s->rss_bytes <= c->rss_max) {
		mg_limit_lift_rss();
		state.policies[MG_POLICY_rss].backoff_ns = 0;
	} else if (plan->action == MG_ACT_NONE && state.policies[MG_POLICY_rss].backoff_ns != 0) {
		mg_limit_enforce_rss(c, s->rss_bytes);
	}
}

static void
look(void)
{
	const struct mg_config *c = mg_live_config();
	struct mg_snapshot s;
	struct mg_plan plan;
	bool is_decaying;
	uint64_t wait;

#ifndef NDEBUG
	mg_heap_check();
#endif
	is_decaying = mg_heap_decay(mg_sys_now_ns());
	mg_sites_look(mg_sys_now_ns());
	mg_survey_take(&s);
	atomic_fetch_add_explicit(&state.ticks, 1, memory_order_relaxed);
	for (int i = 0; i < MG_POLICIES; i++)
		state.decisions[i] = mg_policy_table[i].decide(c, &s, &state.policies[i]);
	plan = mg_policy_combine(c, &s, state.decisions, state.policies, &state.combine);
	watch_rss(c, &s, &plan);
	tell_pressure(c, &s);
	act(&plan, &s);
	remember(&s);
	state.plan_ns = plan.wake_ns;
	wait = least(look_interval(c, &s), plan.wake_ns);
	wait = least(wait, mg_sites_wait_ns(s.now_ns));
	for (int i = 0; i < MG_POLICIES; i++)
		if (state.decisions[i].action == MG_ACT_NONE)
			wait = least(wait, state.decisions[i].next_ns);
	state.looked_ns = s.now_ns;
	if (is_decaying)
		wait = least(wait, c->large_decay);
	set_urgent_mark();
	state.next_ns = s.now_ns + (wait > SHORTEST_NS ? wait : SHORTEST_NS);
}

/* Steps come one after the other until they have used their share of a core. */
static uint64_t
rest_after_step(void)
{
	const struct mg_compact *c = &state.compact;
	uint64_t now_ns = mg_sys_now_ns(), passed_ns = now_ns - c->began_ns;
	uint64_t needed_ns = c->cpu_ns / mg_live_config()->compact_cpu * 100;

	if (mg_compact_waits(c))
		state.resume_ns = now_ns + STEP_NS;
	else
		state.resume_ns = needed_ns > passed_ns ? now_ns + needed_ns - passed_ns : now_ns;
	return state.resume_ns - now_ns;
}

uint64_t
mg_tick_run(void)
{
	uint64_t now_ns = mg_sys_now_ns();

	if (state.compacting) {
		if (now_ns < state.resume_ns)
			return state.resume_ns - now_ns;
		if (mg_compact_step(&state.compact))
			return rest_after_step();
		finish();
	}
	if (now_ns >= state.next_ns || mg_tick_is_urgent())
		look();
	if (state.compacting)
		return 0;
	now_ns = mg_sys_now_ns();
	return state.next_ns > now_ns ? state.next_ns - now_ns : 0;
}

/* One that wants to act waits for its settling time, the gap, or its own back-off. */
static uint64_t
next_action_ns(int i)
{
	const struct mg_decision *d = &state.decisions[i];

	return d->action != MG_ACT_NONE ? state.plan_ns : d->next_ns;
}

void
mg_tick_print_policies(struct mg_text *t)
{
	uint64_t passed_ns = mg_sys_now_ns() - state.looked_ns;

	for (int i = 0; i < MG_POLICIES; i++) {
		const struct mg_policy_state *p = &state.policies[i];
		uint64_t next_ns = next_action_ns(i);

		mg_text_add(t, "%s ", mg_policy_table[i].name);
		if (state.looked_ns == 0 || next_ns == MG_POLICY_NEVER)
			mg_text_add(t, "-");
		else
			mg_text_add(t, "%lu",
			    (next_ns > passed_ns ? next_ns - passed_ns : 0) / MG_NS_PER_MS);
		mg_text_add(
		    t, " %lu %s\n", p->decisions, p->last_reason != NULL ? p->last_reason : "-");
	}
}

void
mg_tick_print_history(struct mg_text *t)
{
	uint64_t now_ns = mg_sys_now_ns();

	mg_text_add(t, "# age_ms heap_footprint_bytes live_bytes cached_bytes parked_bytes "
		       "rss_bytes returned_bytes allocs frees\n");
	for (size_t i = 0; i < state.history.n; i++) {
		const struct mg_point *p = &state.history.points[i];

		mg_text_add(t, "%lu %lu %lu %lu %lu %lu %lu %lu %lu\n",
		    (now_ns - p->time_ns) / MG_NS_PER_MS, p->heap_footprint_bytes, p->live_bytes,
		    p->cached_bytes, p->parked_bytes, p->rss_bytes, p->returned_bytes, p->allocs,
		    p->frees);
	}
}

uint64_t
mg_tick_count(void)
{
	return atomic_load_explicit(&state.ticks, memory_order_relaxed);
}
