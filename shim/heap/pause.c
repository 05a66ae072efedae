/* SPDX-License-Identifier: MIT */
#include "shim/heap/pause.h"

#include <sys/mman.h>

/* An owner is inside for some nanoseconds, unless it was descheduled there. */
#define LOOKS 64
#define SPINS 100
/* A descheduled owner comes out within some milliseconds; without it the child would lose what its
 * magazines hold. */
#define FORK_NAPS 400
#define FORK_NAP_NS ((uint64_t)50000)

static _Atomic bool has_barrier;
enum { COPY, ORIGINAL, COPY_IN_ORDER };

/* A page that the kernel clears in a copy of the process, and only there. */
static MG_SYS_TOGETHER _Atomic(_Atomic uint32_t *) original;

void
mg_pause_start(void)
{
	atomic_store_explicit(&has_barrier, mg_sys_register_barrier(), memory_order_relaxed);
}

void
mg_pause_mark_original(void)
{
	_Atomic uint32_t *page, *seen = NULL;

	if (atomic_load_explicit(&original, memory_order_acquire) != NULL)
		return;
	page = mg_sys_map(4096);
	if (page == NULL)
		return;
	atomic_store_explicit(page, ORIGINAL, memory_order_relaxed);
	if (mg_sys_madvise((void *)page, 4096, MADV_WIPEONFORK) != 0 ||
	    !atomic_compare_exchange_strong(&original, &seen, page))
		mg_sys_unmap((void *)page, 4096);
}

static bool
is_marked(uint32_t value)
{
	_Atomic uint32_t *page = atomic_load_explicit(&original, memory_order_acquire);

	return page != NULL && atomic_load_explicit(page, memory_order_relaxed) == value;
}

static void
mark(uint32_t value)
{
	_Atomic uint32_t *page = atomic_load_explicit(&original, memory_order_acquire);

	if (page != NULL)
		atomic_store_explicit(page, value, memory_order_relaxed);
}

bool
mg_pause_is_original(void)
{
	return is_marked(ORIGINAL);
}

bool
mg_pause_is_copy(void)
{
	return is_marked(COPY);
}

void
mg_pause_end_copy(void)
{
	mark(COPY_IN_ORDER);
}

void
mg_pause_adopt_copy(void)
{
	mark(ORIGINAL);
}

static bool
is_out(struct mg_thread *t, unsigned looks)
{
	for (unsigned i = 0; i < looks; i++) {
		if (atomic_load_explicit(&t->busy, memory_order_acquire) == 0)
			return true;
		if (i < SPINS)
			__builtin_ia32_pause();
		else
			mg_sys_yield();
	}
	return false;
}

/* One that did not come out last time will not do so this time. */
static bool
is_out_for_fork(struct mg_thread *t)
{
	bool is_out_now = is_out(t, SPINS + LOOKS);

	for (int i = 0; !is_out_now && !t->is_caught && i < FORK_NAPS; i++) {
		mg_sys_sleep_ns(FORK_NAP_NS);
		is_out_now = is_out(t, 1);
	}
	return is_out_now;
}

static void
set_paused(struct mg_thread *t, uint32_t value)
{
	atomic_store_explicit(&t->paused, value, memory_order_release);
}

bool
mg_pause_begin(struct mg_thread *t)
{
	if (!mg_sys_trylock(&t->hold))
		return false;
	/* Nobody is there to be paused. */
	if (atomic_load_explicit(&t->state, memory_order_relaxed) == MG_THREAD_ORPHAN)
		return true;
	if (!atomic_load_explicit(&has_barrier, memory_order_relaxed)) {
		set_paused(t, MG_PAUSE_ASK);
		mg_sys_unlock(&t->hold);
		return false;
	}
	mg_pause_mark_original();
	set_paused(t, MG_PAUSE_YES);
	if (mg_sys_barrier() && is_out(t, SPINS + LOOKS))
		return true;
	mg_pause_end(t);
	return false;
}

void
mg_pause_resume(struct mg_thread *t)
{
	set_paused(t, MG_PAUSE_NO);
}

void
mg_pause_end(struct mg_thread *t)
{
	set_paused(t, MG_PAUSE_NO);
	mg_sys_unlock(&t->hold);
}

static bool
is_listed(const struct mg_thread *t)
{
	return atomic_load_explicit(&t->state, memory_order_relaxed) == MG_THREAD_LISTED;
}

void
mg_pause_all(void)
{
	struct mg_thread *self = mg_thread_self.record, *t;
	bool is_sure;

	for (t = mg_thread_first(); t != NULL; t = t->next) {
		mg_sys_lock(&t->hold);
		if (t != self && is_listed(t))
			set_paused(t, MG_PAUSE_YES);
	}
	is_sure = mg_sys_barrier();
	for (t = mg_thread_first(); t != NULL; t = t->next)
		t->is_caught = t != self && is_listed(t) && (!is_sure || !is_out_for_fork(t));
}

void
mg_pause_end_all(void)
{
	for (struct mg_thread *t = mg_thread_first(); t != NULL; t = t->next)
		mg_pause_end(t);
}

void
mg_pause_after_fork_child(bool none_paused)
{
	for (struct mg_thread *t = mg_thread_first(); t != NULL; t = t->next) {
		uint32_t orphan = MG_THREAD_ORPHAN;

		mg_sys_reset_lock(&t->hold);
		if (atomic_load_explicit(&t->paused, memory_order_relaxed) != MG_PAUSE_NO)
			set_paused(t, MG_PAUSE_NO);
		if (none_paused || t->is_caught)
			atomic_compare_exchange_strong(&t->state, &orphan, MG_THREAD_LOST);
	}
}

bool
mg_pause_enter(struct mg_thread *t)
{
	atomic_store_explicit(&t->busy, 1, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&t->paused, memory_order_acquire) == MG_PAUSE_NO)
		return true;
	mg_pause_leave(t);
	return false;
}

void
mg_pause_leave(struct mg_thread *t)
{
	atomic_store_explicit(&t->busy, 0, memory_order_release);
}
