/* SPDX-License-Identifier: MIT */
#include "shim/heap/entry.h"

#include "shim/base/hints.h"
#include "shim/heap/backend.h"
#include "shim/heap/bits.h"
#include "shim/heap/large.h"
#include "shim/heap/magazine.h"
#include "shim/heap/park.h"
#include "shim/heap/pause.h"
#include "shim/heap/plain.h"
#include "shim/heap/sample.h"
#include "shim/heap/sweep.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>

static MG_SYS_TOGETHER struct {
	struct mg_lock starting;
	_Atomic bool is_started;
	bool has_region;
	_Atomic bool uses_mimalloc;
	void (*work)(bool in_free);
	_Atomic uint32_t collection;
} state;

size_t mg_entry_small_bytes;

static MG_COLD void
leave(struct mg_thread *t)
{
	/* Within the fork handlers of a fork that waits for this thread: the next sweep does it. */
	if (mg_thread_is_kept_out()) {
		atomic_store_explicit(&t->state, MG_THREAD_ORPHAN, memory_order_release);
		return;
	}
	mg_thread_self.locked++;
	mg_sys_lock(&t->hold);
	atomic_store_explicit(&t->paused, MG_PAUSE_NO, memory_order_relaxed);
	mg_magazine_empty(t);
	mg_sys_unlock(&t->hold);
	mg_plain_give_credit(t);
	mg_thread_put(t);
	mg_thread_self.locked--;
}

void
mg_entry_forget_others(bool none_paused)
{
	mg_large_after_fork_child();
	mg_bits_after_fork_child();
	mg_slice_after_fork_child();
	mg_park_after_fork_child();
	mg_thread_after_fork_child();
	mg_pause_after_fork_child(none_paused);
	mg_sweep_after_fork_child();
}

void
mg_entry_end_copy(void)
{
	if (!mg_pause_is_copy())
		return;
	mg_pause_end_copy();
	mg_entry_forget_others(true);
	mg_sample_end_copy();
}

bool
mg_entry_is_nested(const struct mg_thread *t)
{
	if (mg_thread_self.locked == 0)
		mg_entry_end_copy();
	return mg_thread_self.locked != 0 ||
	       (mg_thread_has_record(t) &&
		   atomic_load_explicit(&t->busy, memory_order_relaxed) != 0) ||
	       mg_thread_is_kept_out();
}

bool
mg_entry_is_paused(struct mg_thread *t)
{
	if (atomic_load_explicit(&t->paused, memory_order_acquire) == MG_PAUSE_ASK) {
		atomic_store_explicit(&t->paused, MG_PAUSE_NO, memory_order_relaxed);
		mg_magazine_empty(t);
		return false;
	}
	mg_entry_end_copy();
	return atomic_load_explicit(&t->paused, memory_order_relaxed) != MG_PAUSE_NO;
}

MG_COLD void
mg_entry_work(bool in_free)
{
	struct mg_thread *t = mg_thread_self.record;
	uint32_t wanted = atomic_load_explicit(&state.collection, memory_order_relaxed);
	int saved = errno;

	if (mg_thread_self.internal > 0 || !mg_thread_has_record(t))
		return;
	mg_thread_self.internal++;
	if (atomic_load_explicit(&t->collected, memory_order_relaxed) != wanted) {
		mg_backend_collect();
		atomic_store_explicit(&t->collected, wanted, memory_order_relaxed);
	}
	if (state.work != NULL)
		state.work(in_free);
	mg_thread_self.internal--;
	errno = saved;
}

static uint64_t
random_key(void)
{
	const void *random = (const void *)getauxval(AT_RANDOM); /* where it happens to lie */
	uint64_t words[2] = { 0 };

	if (random != NULL)
		memcpy(words, random, sizeof words);
	/* Neither it nor its complement is a number that programs store a lot. */
	return words[0] ^ words[1] ^ UINT64_C(0x9e3779b97f4a7c15);
}

void
mg_entry_init(void)
{
	if (atomic_load_explicit(&state.is_started, memory_order_acquire))
		return;
	mg_thread_self.locked++;
	mg_sys_lock(&state.starting);
	if (!atomic_load_explicit(&state.is_started, memory_order_relaxed)) {
		mg_backend_init();
		mg_class_init();
		mg_pause_start();
		mg_sys_set_before_wait(mg_entry_end_copy);
		mg_thread_start(random_key(), leave);
		state.has_region = mg_region_start();
		mg_entry_use_mimalloc(atomic_load(&state.uses_mimalloc));
		atomic_store_explicit(&state.is_started, true, memory_order_release);
	}
	mg_sys_unlock(&state.starting);
	mg_thread_self.locked--;
}

void
mg_entry_use_mimalloc(bool use)
{
	atomic_store(&state.uses_mimalloc, use);
	mg_entry_small_bytes = use || !state.has_region ? 0 : MG_CLASS_MAX_BYTES;
}

struct mg_thread *
mg_entry_start(struct mg_thread *t)
{
	if (MG_LIKELY(t != &mg_thread_nobody))
		return t;
	mg_entry_init();
	t = mg_thread_join();
	if (mg_thread_count() > 1)
		mg_pause_mark_original();
	atomic_store_explicit(&t->collected,
	    atomic_load_explicit(&state.collection, memory_order_relaxed), memory_order_relaxed);
	return t;
}

void
mg_entry_set_work(void (*work)(bool in_free))
{
	state.work = work;
}

uint32_t
mg_entry_collect(void)
{
	int saved = errno;
	uint32_t number = atomic_fetch_add_explicit(&state.collection, 1, memory_order_relaxed) + 1;

	mg_backend_collect();
	atomic_store_explicit(&mg_thread_self.record->collected, number, memory_order_relaxed);
	mg_thread_call_all();
	errno = saved;
	return number;
}
