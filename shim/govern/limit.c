/* SPDX-License-Identifier: MIT */
#include "shim/govern/limit.h"

#include "shim/base/log.h"
#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "shim/govern/compact.h"
#include "shim/govern/live.h"
#include "shim/govern/report.h"
#include "shim/heap/heap.h"
#include "shim/observe/events.h"

#include <signal.h>
#include <stdatomic.h>

#define CALLBACKS 8
#define POLL_NS MG_NS_PER_MS
/* A program that keeps asking at its ceiling must not spend its time in these. */
#define COMPACT_GAP_NS (100 * MG_NS_PER_MS)
#define SIGNAL_GAP_NS MG_NS_PER_S
#define LOG_GAP_NS (10 * MG_NS_PER_S)
/* How long a collection that a signal asked for gets, where other threads can do it. */
#define GC_WAIT_NS (100 * MG_NS_PER_MS)

static MG_SYS_TOGETHER struct {
	_Atomic(memgov_pressure_fn *) callback[CALLBACKS];
	void *arg[CALLBACKS];
	_Atomic unsigned callbacks;
	_Atomic bool pending;
	_Atomic uint64_t compacted_ns;
	_Atomic uint64_t signalled_ns;
	_Atomic uint64_t logged_ns;
	_Atomic bool terminated;
	_Atomic bool rss_enforced;
} state;

/* True at most once in gap_ns over all threads. */
static bool
pass_gap(_Atomic uint64_t *last_ns, uint64_t gap_ns)
{
	uint64_t now_ns = mg_sys_now_ns();
	uint64_t last = atomic_load_explicit(last_ns, memory_order_relaxed);

	return (last == 0 || now_ns - last >= gap_ns) &&
	       atomic_compare_exchange_strong(last_ns, &last, now_ns);
}

int
mg_limit_add_callback(memgov_pressure_fn *callback, void *arg)
{
	unsigned i;

	if (callback == NULL)
		return -1;
	i = atomic_fetch_add(&state.callbacks, 1);
	if (i >= CALLBACKS) {
		atomic_fetch_sub(&state.callbacks, 1);
		return -1;
	}
	state.arg[i] = arg;
	atomic_store_explicit(&state.callback[i], callback, memory_order_release);
	return 0;
}

void
mg_limit_notify(enum memgov_pressure why)
{
	for (unsigned i = 0; i < CALLBACKS; i++) {
		memgov_pressure_fn *f =
		    atomic_load_explicit(&state.callback[i], memory_order_acquire);

		if (f == NULL)
			break;
		mg_heap_enter_internal();
		f(why, state.arg[i]);
		mg_heap_leave_internal();
	}
}

void
mg_limit_request_notify(void)
{
	atomic_store_explicit(&state.pending, true, memory_order_relaxed);
}

void
mg_limit_run_pending(void)
{
	if (atomic_load_explicit(&state.pending, memory_order_relaxed) &&
	    atomic_exchange(&state.pending, false))
		mg_limit_notify(MEMGOV_PRESSURE_SYSTEM);
}

static bool
wait_for_room(uint64_t bytes, uint64_t ns)
{
	uint64_t end_ns = mg_sys_now_ns() + ns;

	while (!mg_heap_make_room(bytes)) {
		if (mg_sys_now_ns() >= end_ns)
			return false;
		mg_sys_sleep_ns(POLL_NS);
	}
	return true;
}

/* A signal without a handler would end the program, or do nothing. */
static bool
has_handler(int sig)
{
	struct sigaction sa;

	return sigaction(sig, NULL, &sa) == 0 && sa.sa_handler != SIG_DFL &&
	       sa.sa_handler != SIG_IGN;
}

static bool
ask_for_gc(int sig, uint64_t bytes)
{
	if (!has_handler(sig) || !pass_gap(&state.signalled_ns, SIGNAL_GAP_NS))
		return false;
	mg_events_add("gc", "signal %d", sig);
	mg_sys_kill(mg_sys_pid(), sig);
	return wait_for_room(bytes, GC_WAIT_NS);
}

static void
log_refusal(size_t size)
{
	char buf[160];
	struct mg_snapshot s = { 0 };
	struct mg_text t;

	mg_heap_read(&s);
	mg_text_init(&t, buf, sizeof buf);
	mg_text_add(&t, "request of ");
	mg_text_add_human(&t, size);
	mg_text_add(&t, " refused: live ");
	mg_text_add_human(&t, s.live_bytes);
	mg_text_add(&t, " in %lu blocks, ", s.live_blocks);
	if (atomic_load(&state.rss_enforced)) {
		mg_text_add(&t, "RSS at its ceiling");
	} else if (s.heap_limit_bytes != 0) {
		mg_text_add(&t, "ceiling ");
		mg_text_add_human(&t, s.heap_limit_bytes);
	} else {
		mg_text_add(&t, "no ceiling: the system has no more");
	}
	mg_text_add(&t, ", pinned ");
	mg_text_add_human(&t, s.parked_bytes);
	mg_text_add(&t, ", cached ");
	mg_text_add_human(&t, s.cached_bytes);
	mg_text_add(&t, ", own ");
	mg_text_add_human(&t, s.own_bytes);
	mg_events_add("refused", "%s", buf);
	mg_log(MG_LOG_WARN, "%s", buf);
}

static bool
refuse(size_t size)
{
	mg_heap_count_refusal();
	if (pass_gap(&state.logged_ns, LOG_GAP_NS))
		log_refusal(size);
	return false;
}

static bool
terminate(size_t size)
{
	if (!atomic_exchange(&state.terminated, true)) {
		mg_log(MG_LOG_ERROR, "heap ceiling reached: sending SIGTERM to this process");
		mg_events_add("term", "SIGTERM sent");
		mg_sys_kill(mg_sys_pid(), SIGTERM);
	}
	return refuse(size);
}

static bool
take(const struct mg_step *step, const struct mg_limit_walk *w)
{
	switch (step->kind) {
	case MG_STEP_COMPACT:
		if (pass_gap(&state.compacted_ns, COMPACT_GAP_NS))
			mg_compact_now(false, "at the ceiling");
		return true;
	case MG_STEP_NOTIFY: mg_limit_notify(MEMGOV_PRESSURE_LIMIT); return true;
	case MG_STEP_WAIT: return wait_for_room(w->short_of, step->arg);
	case MG_STEP_GC: return ask_for_gc((int)step->arg, w->short_of);
	case MG_STEP_FAIL: return refuse(w->size);
	case MG_STEP_TERM: return terminate(w->size);
	case MG_STEP_ABORT: mg_report_abort("heap ceiling reached", w->size);
	}
	return false;
}

/* Steps that made no room are passed over here, so that the caller does not try in vain. */
bool
mg_limit_step(struct mg_limit_walk *w)
{
	const struct mg_steps *steps = &mg_live_config()->at_limit;
	const struct mg_step *step;
	bool go_on = false;

	if (w->next == 0) {
		w->short_of = mg_heap_short_of();
		if (w->short_of == 0)
			return false;
		/* A callback's own request, or a fork handler's: no steps, no locks. */
		if (mg_heap_is_internal()) {
			mg_heap_count_refusal();
			return false;
		}
		/* What is larger than the ceiling fits after no step. */
		if (w->short_of > mg_heap_limit() && mg_heap_limit() != 0)
			w->next = steps->n - 1;
	}
	mg_heap_enter_internal();
	while (!go_on && w->next < steps->n) {
		step = &steps->step[w->next++];
		go_on = take(step, w);
		go_on = go_on && mg_heap_make_room(w->short_of);
	}
	mg_heap_leave_internal();
	return go_on;
}

void
mg_limit_enforce_rss(const struct mg_config *c, uint64_t rss_bytes)
{
	const struct mg_step *last = &c->at_limit.step[c->at_limit.n - 1];

	if (atomic_exchange(&state.rss_enforced, true))
		return;
	mg_events_add("rss", "%lu bytes, above rss_max", rss_bytes);
	mg_log(MG_LOG_WARN, "RSS of %luM is above MEMGOV_RSS_MAX=%luM", rss_bytes >> 20,
	    c->rss_max >> 20);
	if (last->kind == MG_STEP_ABORT)
		mg_report_abort("RSS ceiling reached", 0);
	if (last->kind == MG_STEP_TERM)
		mg_sys_kill(mg_sys_pid(), SIGTERM);
	mg_heap_freeze(true);
}

void
mg_limit_lift_rss(void)
{
	if (atomic_exchange(&state.rss_enforced, false))
		mg_heap_freeze(false);
}

void
mg_limit_after_fork_child(void)
{
	if (atomic_load(&state.rss_enforced))
		mg_limit_lift_rss();
	if (atomic_load(&state.logged_ns) == 0)
		return;
	atomic_store(&state.terminated, false);
	atomic_store(&state.logged_ns, 0);
}
