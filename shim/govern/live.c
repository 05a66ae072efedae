/* SPDX-License-Identifier: MIT */
#include "shim/govern/live.h"

#include "shim/base/hints.h"
#include "shim/base/log.h"
#include "shim/base/sys.h"
#include "shim/heap/heap.h"
#include "shim/observe/events.h"
#include "shim/observe/sites.h"

#include <stdatomic.h>

#define SLOTS 16

static MG_SYS_TOGETHER struct {
	struct mg_lock lock; /* guards next and the slot being written */
	unsigned next;
	_Atomic(const struct mg_config *) current;
} state;

static MG_SYS_APART struct mg_config slots[SLOTS];

static void
configure_heap(const struct mg_config *c)
{
	mg_heap_keep_large(c->large_keep, c->large_decay);
	mg_heap_configure(c->heap_max, c->reserve);
}

/* Most programs that run without options end before anybody asks for one; their defaults are never
 * made. */
static MG_COLD const struct mg_config *
make_defaults(void)
{
	mg_sys_lock(&state.lock);
	if (atomic_load_explicit(&state.current, memory_order_relaxed) == NULL) {
		mg_config_defaults(&slots[0]);
		state.next = 1;
		atomic_store_explicit(&state.current, &slots[0], memory_order_release);
	}
	mg_sys_unlock(&state.lock);
	return &slots[0];
}

const struct mg_config *
mg_live_config(void)
{
	const struct mg_config *c = atomic_load_explicit(&state.current, memory_order_acquire);

	return c != NULL ? c : make_defaults();
}

/* Not under the lock: threads are paused for it. So it takes what is in force by then. */
static void
configure_samples(void)
{
	const struct mg_config *c = mg_live_config();

	mg_sites_configure(c->sample, c->large_alloc);
}

bool
mg_live_is_untouched(void)
{
	return atomic_load_explicit(&state.current, memory_order_relaxed) == NULL;
}

void
mg_live_start(const struct mg_config *c)
{
	atomic_store_explicit(&state.current, c, memory_order_release);
	configure_heap(c);
	configure_samples();
	if (c->engine == MG_ENGINE_MIMALLOC)
		mg_heap_use_mimalloc(true);
}

int
mg_live_set(const char *name, const char *value, struct mg_text *why)
{
	const struct mg_config *old;
	struct mg_config *fresh;
	int err;

	mg_live_config();
	mg_sys_lock(&state.lock);
	old = atomic_load_explicit(&state.current, memory_order_relaxed);
	fresh = &slots[state.next % SLOTS];
	*fresh = *old;
	err = mg_config_set(fresh, name, value, why);
	if (err == 0) {
		state.next++;
		atomic_store_explicit(&state.current, fresh, memory_order_release);
		configure_heap(fresh);
	}
	mg_sys_unlock(&state.lock);
	if (err == 0) {
		configure_samples();
		mg_events_add("set", "%s %s", mg_config_find(name)->name, value);
		mg_log(MG_LOG_INFO, "%s set to %s", mg_config_find(name)->name, value);
	}
	return err;
}

void
mg_live_after_fork_child(void)
{
	mg_sys_reset_lock(&state.lock);
}
