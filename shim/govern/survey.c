/* SPDX-License-Identifier: MIT */
#include "shim/govern/survey.h"

#include "shim/base/log.h"
#include "shim/base/sys.h"
#include "shim/govern/compact.h"
#include "shim/govern/live.h"
#include "shim/heap/heap.h"
#include "shim/observe/events.h"
#include "shim/observe/modules.h"
#include "shim/observe/proc.h"
#include "shim/observe/sites.h"
#include "shim/tables/version.h"

#include <stdatomic.h>
#include <string.h>

/* How long a refusal colours the state. */
#define AT_LIMIT_NS (10 * MG_NS_PER_S)

/* A number that the program moves, and when a survey last saw it move. */
struct motion {
	_Atomic uint64_t value;
	_Atomic uint64_t moved_ns; /* 0: never */
};

static MG_SYS_TOGETHER struct {
	uint64_t start_ns;
	_Atomic uint64_t rss_peak_bytes;
	_Atomic uint64_t own_bytes;
	struct motion work;
	struct motion refusals;
} state;

void
mg_survey_start(void)
{
	state.start_ns = mg_sys_now_ns();
	atomic_store(&state.rss_peak_bytes, 0);
	atomic_store(&state.work.moved_ns, state.start_ns);
	atomic_store(&state.refusals.moved_ns, 0);
}

static void
read_command(struct mg_snapshot *s)
{
	char text[sizeof s->command];
	ssize_t n = mg_sys_read_file("/proc/self/comm", text, sizeof text);

	if (n > 0 && text[n - 1] == '\n')
		text[n - 1] = '\0';
	memcpy(s->command, n > 0 ? text : "?", n > 0 ? (size_t)n : 2);
}

/* Time since it moved; UINT64_MAX when it never has. */
static uint64_t
rest_ns(struct motion *m, uint64_t value, uint64_t now_ns)
{
	uint64_t moved_ns;

	if (atomic_exchange_explicit(&m->value, value, memory_order_relaxed) != value)
		atomic_store_explicit(&m->moved_ns, now_ns, memory_order_relaxed);
	moved_ns = atomic_load_explicit(&m->moved_ns, memory_order_relaxed);
	return moved_ns == 0 ? UINT64_MAX : now_ns > moved_ns ? now_ns - moved_ns : 0;
}

static void
raise_rss_peak(struct mg_snapshot *s)
{
	uint64_t peak = atomic_load_explicit(&state.rss_peak_bytes, memory_order_relaxed);

	while (s->rss_bytes > peak &&
	       !atomic_compare_exchange_weak(&state.rss_peak_bytes, &peak, s->rss_bytes))
		;
	s->rss_peak_bytes = s->rss_bytes > peak ? s->rss_bytes : peak;
}

static const char *
state_name(const struct mg_snapshot *s, const struct mg_config *c, uint64_t since_refusal_ns)
{
	if (since_refusal_ns < AT_LIMIT_NS)
		return "at-limit";
	if (s->system_used_pct >= c->system_warn)
		return "pressure";
	if (c->idle_timeout != 0 && s->idle_ms * MG_NS_PER_MS >= c->idle_timeout)
		return "idle";
	return "active";
}

static void
read_sites(struct mg_snapshot *s)
{
	struct mg_sites_sum sum = mg_sites_read();

	s->samples = sum.samples;
	s->live_samples = sum.live_samples;
	s->sites = sum.sites;
	s->leak_suspects = sum.suspects;
	s->own_bytes += sum.own_bytes + mg_modules_own_bytes();
}

void
mg_survey_take(struct mg_snapshot *s)
{
	const struct mg_config *c = mg_live_config();
	uint64_t since_refusal_ns;
	const char *name;

	memset(s, 0, sizeof *s);
	mg_heap_read(s);
	mg_proc_read(s);
	mg_compact_read(s);
	s->now_ns = mg_sys_now_ns();
	s->uptime_ms = (s->now_ns - state.start_ns) / MG_NS_PER_MS;
	s->idle_ms =
	    rest_ns(&state.work, s->allocs + s->frees + s->reallocs, s->now_ns) / MG_NS_PER_MS;
	since_refusal_ns = rest_ns(&state.refusals, s->refused_allocs, s->now_ns);
	raise_rss_peak(s);
	if (s->rss_bytes > s->heap_footprint_bytes)
		s->outside_heap_bytes = s->rss_bytes - s->heap_footprint_bytes;
	s->rss_limit_bytes = c->rss_max;
	s->own_bytes += atomic_load_explicit(&state.own_bytes, memory_order_relaxed);
	read_sites(s);
	s->events = mg_events_count();
	s->lost_log_lines = mg_log_lost();
	_Static_assert(sizeof MG_VERSION <= sizeof s->version, "the version is too long");
	memcpy(s->version, MG_VERSION, sizeof MG_VERSION);
	read_command(s);
	name = state_name(s, c, since_refusal_ns);
	memcpy(s->state, name, strlen(name) + 1);
}

void
mg_survey_add_own(uint64_t bytes)
{
	atomic_fetch_add_explicit(&state.own_bytes, bytes, memory_order_relaxed);
}
