/* SPDX-License-Identifier: MIT */
#include "shim/heap/heap.h"

#include "shim/heap/backend.h"
#include "shim/heap/bits.h"
#include "shim/heap/charge.h"
#include "shim/heap/entry.h"
#include "shim/heap/foreign.h"
#include "shim/heap/large.h"
#include "shim/heap/large_table.h"
#include "shim/heap/obtain.h"
#include "shim/heap/owner.h"
#include "shim/heap/park.h"
#include "shim/heap/pause.h"
#include "shim/heap/release.h"
#include "shim/heap/resize.h"

#include <errno.h>
#include <string.h>
#include <sys/single_threaded.h>

static struct {
	_Atomic uint64_t refused;
	_Atomic uint64_t decay_ns;
} state = { .decay_ns = MG_NS_PER_S };

void *
mg_heap_malloc(size_t n)
{
	struct mg_request r = { .n = n + (n == 0), .blocks = 1 };

	return mg_obtain(&r);
}

void *
mg_heap_zalloc(size_t n)
{
	struct mg_request r = { .n = n + (n == 0), .want_zero = true, .blocks = 1 };

	return mg_obtain(&r);
}

void *
mg_heap_aligned(size_t n, size_t align)
{
	struct mg_request r = { .n = n + (n == 0), .align = align, .blocks = 1 };

	return mg_obtain(&r);
}

void *
mg_heap_realloc(void *p, size_t n)
{
	return mg_resize(p, n);
}

void
mg_heap_free(void *p)
{
	if (p != NULL)
		mg_release(p, 1);
}

size_t
mg_heap_usable(void *p)
{
	size_t usable = p != NULL ? mg_owner_usable(p) : 0;

	if (usable == MG_OWNER_UNKNOWN)
		return 0;
	return usable != 0 || p == NULL || mg_owner_is_ours(p) ? usable : mg_foreign_usable(p);
}

void
mg_heap_init(void)
{
	mg_entry_init();
}

void
mg_heap_use_mimalloc(bool use)
{
	mg_entry_use_mimalloc(use);
}

void
mg_heap_set_slow_work(mg_heap_slow_fn *slow_work)
{
	mg_entry_set_work(slow_work);
}

void
mg_heap_configure(uint64_t limit_bytes, uint64_t reserve_bytes)
{
	mg_charge_configure(limit_bytes, reserve_bytes);
}

void
mg_heap_keep_large(uint64_t bytes, uint64_t decay_ns)
{
	mg_large_configure(bytes, decay_ns);
	atomic_store_explicit(&state.decay_ns, decay_ns, memory_order_relaxed);
}

void
mg_heap_freeze(bool frozen)
{
	mg_charge_freeze(frozen);
}

uint64_t
mg_heap_short_of(void)
{
	return mg_thread_self.short_of;
}

bool
mg_heap_has_room(uint64_t bytes)
{
	return mg_charge_room(bytes <= MG_CHARGE_SMALL) >= bytes;
}

uint64_t
mg_heap_limit(void)
{
	return mg_charge_limit();
}

uint64_t
mg_heap_charged(void)
{
	return mg_charge_now();
}

bool
mg_heap_is_internal(void)
{
	return mg_thread_self.internal > 0 || mg_thread_self.locked > 0;
}

void
mg_heap_enter_internal(void)
{
	mg_thread_self.internal++;
}

void
mg_heap_leave_internal(void)
{
	mg_thread_self.internal--;
}

void
mg_heap_count_refusal(void)
{
	atomic_fetch_add_explicit(&state.refused, 1, memory_order_relaxed);
	mg_charge_open_reserve();
}

void
mg_heap_collect_begin(struct mg_heap_collection *c)
{
	mg_entry_end_copy();
	*c = (struct mg_heap_collection){ 0 };
	mg_sweep_begin(&c->sweep);
	if (mg_entry_small_bytes == 0)
		c->number = mg_entry_collect();
}

bool
mg_heap_collect_step(struct mg_heap_collection *c)
{
	if (!c->is_swept) {
		mg_thread_self.locked++;
		c->is_swept = !mg_sweep_step(&c->sweep);
		mg_thread_self.locked--;
		return true;
	}
	return c->number != 0 && mg_thread_count_behind(c->number) > 0;
}

bool
mg_heap_collect_waits(const struct mg_heap_collection *c)
{
	return c->is_swept;
}

bool
mg_heap_make_room(uint64_t bytes)
{
	return mg_obtain_room(bytes, false);
}

bool
mg_heap_decay(uint64_t now_ns)
{
	uint64_t decay_ns = atomic_load_explicit(&state.decay_ns, memory_order_relaxed);

	if (mg_entry_is_nested(mg_thread_self.record) || now_ns <= decay_ns)
		return false;
	mg_thread_self.locked++;
	mg_large_purge(now_ns - decay_ns);
	mg_thread_self.locked--;
	return mg_large_read().kept_bytes > 0;
}

static bool
clip(uintptr_t *start, uintptr_t *end, uintptr_t from, uintptr_t to)
{
	if (*start >= to || *end <= from)
		return false;
	*start = *start > from ? *start : from;
	*end = *end < to ? *end : to;
	return true;
}

bool
mg_heap_clip(uintptr_t *start, uintptr_t *end)
{
	uintptr_t from = mg_region.base, to = from + (mg_region_slices() << MG_SLICE_SHIFT);
	struct mg_large_piece large;

	if (clip(start, end, from, to))
		return true;
	mg_thread_self.locked++;
	large = mg_large_table_next(*start);
	mg_thread_self.locked--;
	return clip(start, end, large.at, large.at + large.bytes) ||
	       mg_backend_owns((const void *)*start);
}

bool
mg_heap_owns(const void *p)
{
	return mg_owner_is_ours(p);
}

static uint64_t
less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

void
mg_heap_check(void)
{
	mg_thread_self.locked++;
	mg_park_check();
	mg_thread_self.locked--;
}

/* Everything that is charged is a part of one of these sums. */
static void
read_parts(struct mg_snapshot *s)
{
	struct mg_large_sum large = mg_large_read();
	uint64_t resident = mg_slice_resident_bytes(), cached = mg_thread_cached_bytes();
	uint64_t charged = mg_charge_now();
	uint64_t apart =
	    large.live_bytes + large.kept_bytes + large.own_bytes + mg_slice_own_bytes();
	uint64_t plain = less(charged, resident + apart);
	uint64_t in_slices =
	    less(s->live_bytes, large.live_bytes + less(plain, mg_thread_credit()));

	s->cached_bytes = cached + large.kept_bytes;
	s->parked_bytes = less(resident, in_slices + cached);
	s->own_bytes = mg_slice_own_bytes() + large.own_bytes;
	s->heap_footprint_bytes = less(charged, mg_thread_credit());
}

void
mg_heap_read(struct mg_snapshot *s)
{
	const char *engine = mg_entry_small_bytes != 0 ? "park" : "mimalloc";
	struct mg_counters c;

	mg_thread_sum(&c);
	mg_snapshot_add_counters(s, &c);
	/* Between two reads a block can be freed that was not yet seen as handed out. */
	s->live_bytes = less(c.alloc_bytes, c.freed_bytes);
	s->live_blocks = less(c.allocs, c.frees);
	mg_thread_self.locked++;
	read_parts(s);
	mg_thread_self.locked--;
	s->heap_limit_bytes = mg_charge_limit();
	s->heap_peak_bytes = mg_charge_peak();
	s->threads = mg_thread_count();
	s->limit_hits = mg_obtain_hits();
	s->refused_allocs = atomic_load_explicit(&state.refused, memory_order_relaxed);
	memcpy(s->engine, engine, strlen(engine) + 1);
}

/*
 * Every lock is taken, in the order of ranks, and every thread is outside its magazines, so that
 * the child's copy is whole. Without a second thread nobody can be anywhere: then nothing is
 * written, and all pages stay shared with the child.
 */
void
mg_heap_before_fork(void)
{
	struct mg_thread_own *self = &mg_thread_self;

	if (__libc_single_threaded)
		return;
	/* A handler that interrupted an allocation of its own thread could wait for ever. */
	self->fork =
	    mg_entry_is_nested(self->record) ? MG_THREAD_FORK_NESTED : MG_THREAD_FORK_WHOLE;
	if (self->fork == MG_THREAD_FORK_WHOLE)
		mg_entry_start(self->record);
	self->locked++;
	if (self->fork != MG_THREAD_FORK_WHOLE)
		return;
	mg_thread_before_fork();
	mg_pause_all();
	mg_park_before_fork();
	mg_slice_before_fork();
	mg_bits_before_fork();
	mg_large_before_fork();
	mg_thread_enter_fork();
}

bool
mg_heap_forks_alone(void)
{
	return mg_thread_self.fork == MG_THREAD_FORK_ALONE;
}

void
mg_heap_after_fork_parent(void)
{
	if (mg_thread_self.fork == MG_THREAD_FORK_ALONE)
		return;
	if (mg_thread_self.fork == MG_THREAD_FORK_WHOLE) {
		mg_large_after_fork_parent();
		mg_bits_after_fork_parent();
		mg_slice_after_fork_parent();
		mg_park_after_fork_parent();
		mg_pause_end_all();
		mg_thread_after_fork_parent();
	}
	mg_thread_self.fork = MG_THREAD_FORK_ALONE;
	mg_thread_self.locked--;
}

void
mg_heap_after_fork_child(void)
{
	mg_pause_adopt_copy();
	if (mg_thread_self.fork == MG_THREAD_FORK_ALONE)
		return;
	mg_entry_forget_others(mg_thread_self.fork == MG_THREAD_FORK_NESTED);
	mg_thread_self.fork = MG_THREAD_FORK_ALONE;
	mg_thread_self.locked--;
}
