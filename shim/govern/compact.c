/* SPDX-License-Identifier: MIT */
#include "shim/govern/compact.h"

#include "shim/base/log.h"
#include "shim/base/sys.h"
#include "shim/heap/heap.h"
#include "shim/observe/events.h"
#include "shim/observe/proc.h"

#include <stdatomic.h>
#include <sys/mman.h>

/* How long running threads get to pass through malloc. */
#define WAIT_NS (200 * MG_NS_PER_MS)

static MG_SYS_TOGETHER struct {
	_Atomic uint64_t compactions;
	_Atomic uint64_t returned_bytes;
	_Atomic uint64_t last_yield_bytes;
	_Atomic uint64_t last_took_ns;
	_Atomic uint64_t last_ns; /* 0: none yet */
	_Atomic uint64_t start_ns;
	_Atomic uint64_t released_bytes;   /* what the program told */
	_Atomic uint64_t released_at_last; /* released_bytes + freed_bytes at the last compaction */
} state;

static uint64_t
load(_Atomic uint64_t *v)
{
	return atomic_load_explicit(v, memory_order_relaxed);
}

static void
store(_Atomic uint64_t *v, uint64_t x)
{
	atomic_store_explicit(v, x, memory_order_relaxed);
}

static bool
page_out_if_heap(const struct mg_proc_mapping *m, void *arg)
{
	uintptr_t start = m->start, end = m->end;

	(void)arg;
	if (!m->is_anonymous || !m->is_private || !m->is_writable)
		return true;
	/* The kernel makes one mapping of what the heap and the program have mapped side by side.
	 */
	for (; start < m->end && mg_heap_clip(&start, &end); start = end, end = m->end)
		mg_sys_madvise((void *)start, end - start, MADV_PAGEOUT);
	return true;
}

/* Cold heap pages to swap. Without swap the kernel would only look at them in vain. */
static void
page_out(void)
{
	struct mg_snapshot s = { 0 };

	mg_proc_read(&s);
	if (s.swap_free_bytes > 0)
		mg_proc_visit_mappings(page_out_if_heap, NULL);
}

void
mg_compact_begin(struct mg_compact *c, bool aggressive)
{
	uint64_t cpu_ns = mg_sys_thread_cpu_ns();

	*c = (struct mg_compact){ .aggressive = aggressive, .began_ns = mg_sys_now_ns() };
	c->deadline_ns = c->began_ns + WAIT_NS;
	c->rss_before_bytes = mg_proc_rss_bytes();
	c->scanned_bytes = c->rss_before_bytes;
	mg_heap_enter_internal();
	mg_heap_collect_begin(&c->collection);
	if (aggressive)
		page_out();
	mg_heap_leave_internal();
	c->cpu_ns = mg_sys_thread_cpu_ns() - cpu_ns;
}

bool
mg_compact_step(struct mg_compact *c)
{
	uint64_t cpu_ns = mg_sys_thread_cpu_ns();
	bool more;

	mg_heap_enter_internal();
	more = mg_heap_collect_step(&c->collection);
	mg_heap_leave_internal();
	c->cpu_ns += mg_sys_thread_cpu_ns() - cpu_ns;
	return more && !(mg_compact_waits(c) && mg_sys_now_ns() >= c->deadline_ns);
}

bool
mg_compact_waits(const struct mg_compact *c)
{
	return mg_heap_collect_waits(&c->collection);
}

static uint64_t
released_so_far(void)
{
	struct mg_snapshot s = { 0 };

	mg_heap_read(&s);
	return s.freed_bytes + load(&state.released_bytes);
}

static void
report(const struct mg_compact *c, const char *reason)
{
	char buf[96];
	struct mg_text t;

	mg_text_init(&t, buf, sizeof buf);
	mg_text_add_human(&t, c->yield_bytes);
	mg_text_add(&t, " back in %lu ms", c->took_ns / MG_NS_PER_MS);
	mg_events_add("compact", "%s: %s", reason, buf);
	mg_log(MG_LOG_INFO, "compaction (%s): %s", reason, buf);
}

void
mg_compact_finish(struct mg_compact *c, const char *reason)
{
	uint64_t now_ns = mg_sys_now_ns();

	c->rss_after_bytes = mg_proc_rss_bytes();
	if (c->rss_after_bytes < c->rss_before_bytes)
		c->yield_bytes = c->rss_before_bytes - c->rss_after_bytes;
	c->took_ns = now_ns - c->began_ns;
	atomic_fetch_add_explicit(&state.compactions, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&state.returned_bytes, c->yield_bytes, memory_order_relaxed);
	store(&state.last_yield_bytes, c->yield_bytes);
	store(&state.last_took_ns, c->took_ns);
	store(&state.last_ns, now_ns);
	store(&state.released_at_last, released_so_far());
	report(c, reason);
}

uint64_t
mg_compact_now(bool aggressive, const char *reason)
{
	struct mg_compact c;

	mg_compact_begin(&c, aggressive);
	while (!mg_compact_waits(&c) && mg_compact_step(&c))
		;
	mg_compact_finish(&c, reason);
	return c.yield_bytes;
}

void
mg_compact_read(struct mg_snapshot *s)
{
	uint64_t now_ns = mg_sys_now_ns(), last_ns = load(&state.last_ns), released;

	if (load(&state.start_ns) == 0)
		store(&state.start_ns, now_ns);
	s->released_bytes = load(&state.released_bytes);
	released = s->freed_bytes + s->released_bytes;
	if (released > load(&state.released_at_last))
		s->released_since_compact_bytes = released - load(&state.released_at_last);
	s->returned_bytes = load(&state.returned_bytes);
	s->compactions = load(&state.compactions);
	s->last_compact_yield_bytes = load(&state.last_yield_bytes);
	s->last_compact_ns = load(&state.last_took_ns);
	s->last_compact_age_ms =
	    (now_ns - (last_ns != 0 ? last_ns : load(&state.start_ns))) / MG_NS_PER_MS;
}

void
mg_compact_add_released(uint64_t bytes)
{
	atomic_fetch_add_explicit(&state.released_bytes, bytes, memory_order_relaxed);
}

/* What the child inherits is its own from here on; the parent's compactions are not. */
void
mg_compact_after_fork_child(void)
{
	if (load(&state.start_ns) != 0)
		store(&state.start_ns, mg_sys_now_ns());
	if (load(&state.compactions) == 0)
		return;
	store(&state.compactions, 0);
	store(&state.returned_bytes, 0);
	store(&state.last_yield_bytes, 0);
	store(&state.last_took_ns, 0);
	store(&state.last_ns, 0);
}
