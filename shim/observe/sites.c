/* SPDX-License-Identifier: MIT */
#include "shim/observe/sites.h"

#include "shim/base/log.h"
#include "shim/base/sys.h"
#include "shim/observe/events.h"
#include "shim/observe/marks.h"
#include "shim/observe/modules.h"
#include "shim/observe/samples.h"
#include "shim/observe/site.h"
#include "shim/observe/site_copy.h"
#include "shim/observe/suspects.h"
#include "shim/observe/thin.h"

#include <stdatomic.h>
#include <string.h>

#define MINUTE_NS (60 * MG_NS_PER_S)
#define UNUSED_NS (24 * 60 * MINUTE_NS)
#define DROP_EVERY_NS (10 * MINUTE_NS)
#define DROPPED_AT_ONCE 16u
#define MOST_LARGE 10u
#define LINE_BYTES 400

static MG_SYS_TOGETHER struct {
	uint64_t start_ns;
	uint64_t samples;             /* the lock's, as are the next five */
	uint64_t moves, marked_moves; /* samples that came and went; until the last marks */
	uint64_t large_ns;
	unsigned large; /* told about in the minute that began then */
	unsigned suspects;
	uint64_t dropped_ns;         /* the governor's */
	_Atomic uint64_t configured; /* MEMGOV_SAMPLE */
	_Atomic bool is_sealed;
} state;

static unsigned
take_stack(uint64_t frames[MG_UNWIND_DEPTH])
{
	uintptr_t pcs[MG_UNWIND_DEPTH];
	unsigned n = mg_unwind_take(pcs, MG_UNWIND_DEPTH);

	for (unsigned i = 0; i < n; i++)
		frames[i] = mg_modules_frame(pcs[i]);
	return n;
}

/* Outside the lock: the new mean is told to all threads. */
static void
thin_out(void)
{
	uint64_t mean = mg_sample_mean();
	struct mg_text t;
	char buf[32];

	if (!mg_thin_run() || mean == 0)
		return;
	mg_sample_set_mean(2 * mean);
	mg_text_init(&t, buf, sizeof buf);
	mg_text_add_size(&t, 2 * mean);
	mg_events_add("sample", "%u samples live: one in %s from now on", MG_SITES_SAMPLES, buf);
}

/* The release of a block may have been missed, whose address this is now. */
static void
forget_stale(uintptr_t address)
{
	struct mg_samples_entry old;

	if (mg_samples_remove(address, &old))
		mg_site_remove(old.slot, old.weight, old.bytes);
}

/* With the lock. */
static void
add(const struct mg_samples_entry *e, const uint64_t *frames, unsigned depth, uint64_t now_ns)
{
	struct mg_samples_entry fresh = *e;

	forget_stale(e->address);
	fresh.slot = (uint16_t)mg_site_find(frames, depth, now_ns);
	state.samples++;
	state.moves++;
	if (!mg_samples_add(&fresh))
		return;
	mg_site_add(fresh.slot, e->weight, e->bytes);
	mg_site_at(fresh.slot)->last_ns = now_ns;
	if (mg_site_at(fresh.slot)->first_ns == 0)
		mg_site_at(fresh.slot)->first_ns = now_ns;
}

void
mg_sites_take(void *p, uint64_t bytes, double weight, const uint64_t *frames, unsigned depth)
{
	uint64_t now_ns = mg_sys_now_ns();
	struct mg_samples_entry e = { .address = (uintptr_t)p,
		.bytes = bytes,
		.weight = weight,
		.born_s = (uint32_t)(now_ns / MG_NS_PER_S) };
	bool is_full;

	if (!mg_site_open() || !mg_samples_open() || !mg_site_enter())
		return;
	is_full = mg_samples_count() == MG_SITES_SAMPLES;
	mg_site_lock_leave();
	if (is_full)
		thin_out();
	if (!mg_site_enter())
		return;
	add(&e, frames, depth, now_ns);
	mg_site_lock_leave();
}

static bool
is_sealed(void)
{
	return atomic_load_explicit(&state.is_sealed, memory_order_relaxed);
}

static bool
forget(const void *p, struct mg_sample *out)
{
	struct mg_samples_entry e;
	bool is_found;

	if (!mg_site_is_open() || !mg_samples_open() || !mg_site_enter())
		return false;
	is_found = mg_samples_remove((uintptr_t)p, &e);
	if (is_found) {
		*out = (struct mg_sample){ .site = mg_site_name(e.slot),
			.born_s = e.born_s,
			.bytes = e.bytes,
			.weight = e.weight };
		mg_site_remove(e.slot, e.weight, e.bytes);
		state.moves++;
	}
	mg_site_lock_leave();
	return is_found;
}

static void
keep(void *p, const struct mg_sample *s)
{
	struct mg_samples_entry e = {
		.address = (uintptr_t)p, .bytes = s->bytes, .weight = s->weight, .born_s = s->born_s
	};
	bool is_same;

	if (!mg_site_is_open() || !mg_samples_open() || !mg_site_enter())
		return;
	forget_stale(e.address);
	e.slot = (uint16_t)mg_site_named(s->site, &is_same);
	if (mg_samples_add(&e)) {
		if (is_same)
			mg_site_restore(e.slot, e.weight, e.bytes);
		else
			mg_site_add(e.slot, e.weight, e.bytes);
	}
	mg_site_lock_leave();
}

/* ---- Large allocations. */

static bool
has_passed(uint64_t since_ns, uint64_t now_ns, uint64_t ns)
{
	return since_ns == 0 || now_ns - since_ns >= ns;
}

/* Each site once a minute, and all together ten times. */
static bool
may_tell(unsigned slot, uint64_t now_ns)
{
	struct mg_site *s = mg_site_at(slot);

	if (has_passed(state.large_ns, now_ns, MINUTE_NS)) {
		state.large_ns = now_ns;
		state.large = 0;
	}
	if (state.large == MOST_LARGE || !has_passed(s->large_ns, now_ns, MINUTE_NS))
		return false;
	state.large++;
	s->large_ns = now_ns;
	return true;
}

void
mg_sites_tell_large(uint64_t bytes, const uint64_t *frames, unsigned depth)
{
	uint64_t now_ns = mg_sys_now_ns();
	char line[LINE_BYTES];
	struct mg_text t;
	bool is_told;

	if (!mg_site_open() || !mg_site_enter())
		return;
	is_told = may_tell(mg_site_find(frames, depth, now_ns), now_ns);
	mg_site_lock_leave();
	if (!is_told)
		return;
	mg_text_init(&t, line, sizeof line);
	mg_text_add_human(&t, bytes);
	mg_text_add(&t, " at ");
	mg_sites_print_frames(&t, frames, depth);
	mg_events_add("large", "%s", line);
	mg_log(MG_LOG_INFO, "large allocation: %s", line);
}

/* One walk of the stack for both. */
static void
take(void *p, uint64_t bytes, double weight, uint64_t large_bytes)
{
	uint64_t frames[MG_UNWIND_DEPTH];
	unsigned depth;

	if (is_sealed())
		return;
	depth = take_stack(frames);
	if (bytes != 0)
		mg_sites_take(p, bytes, weight, frames, depth);
	if (large_bytes != 0)
		mg_sites_tell_large(large_bytes, frames, depth);
}

const struct mg_sample_sink mg_sites_sink = { take, forget, keep, mg_sites_after_fork_child };

void
mg_sites_start(void)
{
	state.start_ns = mg_sys_now_ns();
	mg_sample_start(&mg_sites_sink);
}

uint64_t
mg_sites_uptime_ms(uint64_t now_ns)
{
	return (now_ns - state.start_ns) / MG_NS_PER_MS;
}

/* A mean that was doubled stays so while the option is what it was. */
void
mg_sites_configure(uint64_t sample_bytes, uint64_t large_alloc_bytes)
{
	if (is_sealed())
		return;
	if (atomic_exchange(&state.configured, sample_bytes) != sample_bytes)
		mg_sample_set_mean(sample_bytes);
	mg_sample_set_large(large_alloc_bytes);
}

/* A thread that cannot be called counts down what it has drawn: its sample is not taken. */
void
mg_sites_seal(void)
{
	mg_sites_configure(0, 0);
	atomic_store(&state.is_sealed, true);
}

/* ---- Looks. */

static bool
write_mark(unsigned slot, unsigned due)
{
	if (!mg_site_enter())
		return false;
	mg_marks_write(mg_site_at(slot), due);
	mg_site_lock_leave();
	return true;
}

static void
drop_old(uint64_t now_ns)
{
	bool goes_on = true;

	if (now_ns < UNUSED_NS || now_ns - state.dropped_ns < DROP_EVERY_NS)
		return;
	state.dropped_ns = now_ns;
	while (goes_on && mg_site_enter()) {
		goes_on = mg_site_drop(now_ns - UNUSED_NS, DROPPED_AT_ONCE);
		mg_site_lock_leave();
	}
}

void
mg_sites_look(uint64_t now_ns)
{
	unsigned due = mg_marks_due(now_ns), end;
	unsigned suspects;

	if (due == 0)
		return;
	end = mg_site_copy_end();
	suspects = mg_suspects_find(end, now_ns);
	for (unsigned slot = 0; slot < end; slot++)
		if (!write_mark(slot, due))
			return;
	if (!mg_site_enter())
		return;
	mg_marks_note(due, now_ns);
	state.suspects = suspects;
	state.marked_moves = state.moves;
	mg_site_lock_leave();
	if (end > 0)
		drop_old(now_ns);
}

uint64_t
mg_sites_wait_ns(uint64_t now_ns)
{
	bool is_moving = false;

	if (mg_site_is_open() && mg_site_enter()) {
		is_moving = state.moves != state.marked_moves;
		mg_site_lock_leave();
	}
	return is_moving ? mg_marks_wait_ns(now_ns) : UINT64_MAX;
}

struct mg_sites_sum
mg_sites_read(void)
{
	struct mg_sites_sum sum = { 0 };

	if (!mg_site_is_open() || !mg_site_enter())
		return sum;
	sum.samples = state.samples;
	sum.live_samples = mg_samples_count();
	sum.sites = mg_site_count();
	sum.suspects = state.suspects;
	sum.own_bytes = mg_site_own_bytes() + mg_samples_own_bytes();
	mg_site_lock_leave();
	return sum;
}

void
mg_sites_before_fork(void)
{
	if (mg_site_is_open())
		mg_site_lock_before_fork();
}

void
mg_sites_after_fork_parent(void)
{
	if (mg_site_is_open())
		mg_site_lock_after_fork_parent();
}

void
mg_sites_after_fork_child(void)
{
	if (!mg_site_is_open())
		return;
	mg_thin_after_fork_child();
	if (mg_site_after_fork_child())
		return;
	mg_samples_reset();
	state.samples = state.suspects = 0;
}
