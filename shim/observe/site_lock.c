/* SPDX-License-Identifier: MIT */
#include "shim/observe/site_lock.h"

#include "shim/base/sys.h"
#include "shim/heap/thread.h"

#include <stdatomic.h>

#define PATIENCE_NS MG_NS_PER_S

static MG_SYS_TOGETHER struct {
	struct mg_lock lock;
	_Atomic bool is_stuck;
	/* A thread is known by where its own storage lies, also in a fork child. */
	const void *_Atomic holder;
	const void *_Atomic forker; /* the one whose fork holds the lock */
} state;

static bool
try(uint64_t patience_ns)
{
	if (!mg_sys_lock_within(&state.lock, patience_ns))
		return false;
	atomic_store_explicit(&state.holder, &mg_thread_self, memory_order_relaxed);
	return true;
}

/* Who has waited in vain is followed by others that do not wait. */
static bool
lock(void)
{
	bool is_stuck = atomic_load_explicit(&state.is_stuck, memory_order_relaxed);
	bool is_ours = try(is_stuck ? 0 : PATIENCE_NS);

	if (is_ours == is_stuck)
		atomic_store_explicit(&state.is_stuck, !is_ours, memory_order_relaxed);
	return is_ours;
}

static void
unlock(void)
{
	atomic_store_explicit(&state.holder, NULL, memory_order_relaxed);
	mg_sys_unlock(&state.lock);
}

static bool
is_holding(void)
{
	return atomic_load_explicit(&state.holder, memory_order_relaxed) == &mg_thread_self;
}

static bool
is_forking(void)
{
	return atomic_load_explicit(&state.forker, memory_order_relaxed) == &mg_thread_self;
}

bool
mg_site_lock_enter(void)
{
	if (is_forking())
		return false;
	mg_thread_self.locked++;
	if (lock())
		return true;
	mg_thread_self.locked--;
	return false;
}

void
mg_site_lock_leave(void)
{
	unlock();
	mg_thread_self.locked--;
}

/* A signal handler's fork: what it has interrupted may hold the lock, or be about to. */
static bool
is_nested(void)
{
	return mg_thread_self.fork == MG_THREAD_FORK_ALONE
		   ? mg_thread_self.locked > 0
		   : mg_thread_self.fork == MG_THREAD_FORK_NESTED;
}

void
mg_site_lock_before_fork(void)
{
	if (!is_holding() && (is_nested() ? try(MG_NS_PER_MS) : lock()))
		atomic_store(&state.forker, &mg_thread_self);
}

void
mg_site_lock_after_fork_parent(void)
{
	if (!is_forking())
		return;
	atomic_store(&state.forker, NULL);
	unlock();
}

bool
mg_site_lock_after_fork_child(void)
{
	bool is_whole = is_holding();

	atomic_store_explicit(&state.is_stuck, false, memory_order_relaxed);
	/* A signal handler has forked, and may return to what it interrupted. */
	if (is_whole && !is_forking())
		return true;
	atomic_store(&state.forker, NULL);
	atomic_store(&state.holder, NULL);
	mg_sys_reset_lock(&state.lock);
	return is_whole;
}
