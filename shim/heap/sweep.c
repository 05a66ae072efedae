/* SPDX-License-Identifier: MIT */
#include "shim/heap/sweep.h"

#include "shim/heap/charge.h"
#include "shim/heap/large.h"
#include "shim/heap/magazine.h"
#include "shim/heap/park.h"
#include "shim/heap/punch.h"
#include "shim/heap/run.h"
#include "shim/heap/tail.h"

#include <stdatomic.h>

#define THREADS_AT_ONCE 16
#define SLICES_AT_ONCE 64u
/* How often the releases of all threads are added up at the ceiling. */
#define LOOK_NS MG_NS_PER_MS
/* From a sweep in vain to the next one: so many times what it took. */
#define VAIN_GAP 4
#define FEW_THREADS 64
#define MUCH_SHARE 64 /* of the ceiling */
/* Room beyond what is asked for, or every next request would sweep again. */
#define SPARE_BYTES ((uint64_t)256 << 10)

enum { STAGE_THREADS, STAGE_LARGE, STAGE_SLICES, STAGE_POOL, STAGE_END };

static struct {
	struct mg_lock lock; /* one thread makes room; the others wait for what it finds */
	uint64_t looked_ns;
	uint64_t frees; /* of the program, before the last sweep that was in vain */
	uint64_t freed_bytes;
	_Atomic uint32_t punching; /* threads between taking slices out and putting them back */
	uint64_t took_ns;          /* the last sweep */
} state;

void
mg_sweep_begin(struct mg_sweep *w)
{
	*w = (struct mg_sweep){ .stage = STAGE_THREADS, .thread = mg_thread_first() };
}

static bool
empty_threads(struct mg_sweep *w)
{
	for (int i = 0; w->thread != NULL && i < THREADS_AT_ONCE;
	     i++, w->thread = w->thread->next) {
		if (w->thread == mg_thread_self.record)
			mg_magazine_empty(w->thread);
		else
			mg_magazine_empty_other(w->thread);
	}
	return w->thread != NULL;
}

static bool
punch_slices(struct mg_sweep *w)
{
	uint32_t from = w->cursor > 0 ? w->cursor : 1;

	w->punched_bytes += mg_run_trim(from, from + SLICES_AT_ONCE, 1);
	w->punched_bytes += mg_punch_slices(&w->cursor, SLICES_AT_ONCE);
	w->scanned_bytes += SLICES_AT_ONCE * MG_SLICE_BYTES;
	return w->cursor != 0;
}

static bool
punch_pool(struct mg_sweep *w)
{
	bool left;

	w->punched_bytes += mg_punch_pool(&left);
	return left;
}

bool
mg_sweep_step(struct mg_sweep *w)
{
	bool more = false;

	atomic_fetch_add_explicit(&state.punching, 1, memory_order_relaxed);
	switch (w->stage) {
	case STAGE_THREADS: more = empty_threads(w); break;
	case STAGE_LARGE: w->punched_bytes += mg_large_purge(UINT64_MAX); break;
	case STAGE_SLICES: more = punch_slices(w); break;
	case STAGE_POOL: more = punch_pool(w); break;
	}
	atomic_fetch_sub_explicit(&state.punching, 1, memory_order_relaxed);
	w->stage += !more;
	return w->stage < STAGE_END;
}

static bool
has_room(uint64_t bytes)
{
	return mg_charge_room(bytes <= MG_CHARGE_SMALL) >= bytes;
}

/* So much was released that a sweep is likely to find what is asked for. */
static bool
is_much(uint64_t bytes, uint64_t released_bytes)
{
	uint64_t enough = bytes + SPARE_BYTES, share = mg_charge_limit() / MUCH_SHARE;

	return released_bytes >= (enough < share ? enough : share);
}

/*
 * True when blocks were released since the last sweep in vain: at once when they are many, or `now`
 * is asked for. A few wait for some time, for a program that keeps asking at its ceiling shall not
 * spend its time with this.
 */
static bool
has_changed(uint64_t bytes, bool now)
{
	uint64_t since_ns = mg_sys_now_ns() - state.looked_ns;
	bool is_first = state.looked_ns == 0;
	struct mg_counters c;

	if (!now && !is_first && mg_thread_count() > FEW_THREADS && since_ns < LOOK_NS)
		return false;
	mg_thread_sum(&c);
	if (!is_first && c.frees + c.reallocs == state.frees) {
		state.looked_ns += since_ns;
		return false;
	}
	if (!now && !is_first && since_ns < VAIN_GAP * state.took_ns &&
	    !is_much(bytes, c.freed_bytes - state.freed_bytes))
		return false;
	state.frees = c.frees + c.reallocs;
	state.freed_bytes = c.freed_bytes;
	return true;
}

static bool
make_room(uint64_t bytes, bool now)
{
	struct mg_sweep w;
	uint64_t began_ns;
	bool changed;

	mg_sys_lock(&state.lock);
	changed = !has_room(bytes) && has_changed(bytes, now);
	if (changed) {
		began_ns = mg_sys_now_ns();
		mg_sweep_begin(&w);
		while (!has_room(bytes + SPARE_BYTES) && mg_sweep_step(&w))
			;
		/* What was swept in vain is not swept again before something is released. */
		state.looked_ns = has_room(bytes) ? 0 : mg_sys_now_ns();
		state.took_ns = mg_sys_now_ns() - began_ns;
	}
	mg_sys_unlock(&state.lock);
	return changed || has_room(bytes);
}

bool
mg_sweep_make_room(uint64_t bytes)
{
	return make_room(bytes, true);
}

bool
mg_sweep_make_room_cheaply(uint64_t bytes)
{
	return make_room(bytes, false);
}

void
mg_sweep_tails(void)
{
	if (!mg_tail_is_due())
		return;
	atomic_fetch_add_explicit(&state.punching, 1, memory_order_relaxed);
	mg_tail_trim();
	atomic_fetch_sub_explicit(&state.punching, 1, memory_order_relaxed);
}

void
mg_sweep_after_fork_child(void)
{
	mg_sys_reset_lock(&state.lock);
	mg_tail_after_fork_child();
	if (atomic_load_explicit(&state.punching, memory_order_relaxed) == 0)
		return;
	/* What others had taken out to punch it would be lost here. */
	atomic_store_explicit(&state.punching, 0, memory_order_relaxed);
	for (uint32_t slice = 1; slice <= mg_slice_highest(); slice++) {
		mg_punch_mend(slice);
		mg_run_mend(slice);
	}
}
