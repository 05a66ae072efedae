/* SPDX-License-Identifier: MIT */
#include "shim/heap/heap.h"

#include "shim/heap/backend.h"
#include "shim/heap/charge.h"
#include "shim/heap/foreign.h"
#include "shim/heap/thread.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define COLD __attribute__((cold, noinline))

/* More than there are addresses. */
#define MAX_BYTES ((size_t)1 << 47)
#define GIANT_BYTES ((size_t)1 << 30)

enum want { WANT_PLAIN, WANT_ZERO, WANT_ALIGNED };

static struct {
	mg_heap_slow_fn *slow_work;
	_Atomic uint32_t collection;
	_Atomic uint64_t limit_hits;
	_Atomic uint64_t refused;
} state;

static int64_t
load_credit(const struct mg_thread *t)
{
	return atomic_load_explicit(&t->credit, memory_order_relaxed);
}

static void
store_credit(struct mg_thread *t, int64_t credit)
{
	atomic_store_explicit(&t->credit, credit, memory_order_relaxed);
}

static void *
from_backend(enum want want, size_t n, size_t align, size_t *usable_out)
{
	switch (want) {
	case WANT_ZERO: return mg_backend_zalloc(n, usable_out);
	case WANT_ALIGNED: return mg_backend_aligned(n, align, usable_out);
	default: return mg_backend_malloc(n, usable_out);
	}
}

/* Slow path: what a thread owes the rest of memgov. Never nested, never under a lock. */
static COLD void
do_slow_work(struct mg_thread *t, bool in_free)
{
	uint32_t wanted = atomic_load_explicit(&state.collection, memory_order_relaxed);
	int saved = errno;

	if (t->nested > 0 || t->state != MG_THREAD_LISTED)
		return;
	t->nested++;
	if (atomic_load_explicit(&t->collected, memory_order_relaxed) != wanted) {
		mg_backend_collect();
		atomic_store_explicit(&t->collected, wanted, memory_order_relaxed);
	}
	if (state.slow_work != NULL)
		state.slow_work(in_free);
	t->nested--;
	errno = saved;
}

static void
join(struct mg_thread *t)
{
	t->errno_at = &errno;
	atomic_store_explicit(&t->collected,
	    atomic_load_explicit(&state.collection, memory_order_relaxed), memory_order_relaxed);
	mg_thread_join(t);
}

/* Makes the thread's credit at least `need`. */
static COLD bool
refill(struct mg_thread *t, uint64_t need)
{
	uint64_t batch = mg_charge_batch(mg_thread_count());
	uint64_t got =
	    mg_charge_take(need - (uint64_t)load_credit(t), batch, need <= MG_CHARGE_SMALL);

	if (got == 0) {
		t->short_of = need;
		return false;
	}
	store_credit(t, load_credit(t) + (int64_t)got);
	atomic_store_explicit(&t->credit_max, (int64_t)(2 * batch), memory_order_relaxed);
	return true;
}

/* A thread past its destructor: exact, unbuffered, one lock a call. There are few of these calls.
 */
static COLD void *
dead_alloc(enum want want, size_t n, size_t align, unsigned blocks)
{
	struct mg_counters c = { .allocs = blocks };
	size_t usable;
	void *p;

	if (mg_charge_take(n, 0, n <= MG_CHARGE_SMALL) == 0)
		return NULL;
	p = from_backend(want, n, align, &usable);
	if (p == NULL || (usable > n && mg_charge_take(usable - n, 0, n <= MG_CHARGE_SMALL) == 0)) {
		mg_charge_give(n);
		mg_backend_free(p);
		return NULL;
	}
	c.alloc_bytes = usable;
	mg_thread_count_dead(&c);
	return p;
}

static inline void *
alloc(struct mg_thread *t, enum want want, size_t n, size_t align, unsigned blocks)
{
	size_t usable;
	void *p = from_backend(want, n, align, &usable);

	if (UNLIKELY(p == NULL)) {
		t->short_of = 0;
		return NULL;
	}
	if (UNLIKELY((int64_t)usable > load_credit(t)) && !refill(t, usable)) {
		mg_backend_free(p);
		return NULL;
	}
	store_credit(t, load_credit(t) - (int64_t)usable);
	MG_THREAD_BUMP(t->counters.allocs, blocks);
	MG_THREAD_BUMP(t->counters.alloc_bytes, usable);
	return p;
}

/* Gives back what a thread has no use for; brings one that was called here back to its usual mark.
 */
static void
trim_credit(struct mg_thread *t)
{
	int64_t batch = (int64_t)mg_charge_batch(mg_thread_count());
	int64_t credit = load_credit(t);

	if (credit > batch) {
		store_credit(t, batch);
		mg_charge_give((uint64_t)(credit - batch));
	}
	atomic_store_explicit(&t->credit_max, 2 * batch, memory_order_relaxed);
}

/* Charged once it is there: where nothing bounds it, a giant request that the system refuses must
 * not mark the peak. */
static bool
is_charged_later(size_t n)
{
	return n >= GIANT_BYTES && mg_charge_room(false) == UINT64_MAX;
}

static COLD void *
slow_alloc(struct mg_thread *t, enum want want, size_t n, size_t align, unsigned blocks)
{
	void *p = NULL;

	/* More than there are addresses is no ceiling's affair. */
	t->short_of = mg_charge_room(false) != UINT64_MAX && n <= MAX_BYTES - align ? n : 0;
	if (t->state == MG_THREAD_NEW)
		join(t);
	if (n <= MAX_BYTES - align) {
		if (t->state == MG_THREAD_DEAD)
			p = dead_alloc(want, n, align, blocks);
		else if ((int64_t)n <= load_credit(t) || is_charged_later(n) || refill(t, n))
			p = alloc(t, want, n, align, blocks);
	}
	if (p == NULL && t->state == MG_THREAD_LISTED)
		trim_credit(t);
	do_slow_work(t, false);
	if (p == NULL)
		errno = ENOMEM;
	return p;
}

/*
 * The backend is asked only for what is covered by credit, so a refusal costs no memory at all.
 * `blocks` is how many this counts as: 1, or 0 when it replaces another (realloc).
 */
static inline void *
allocate(enum want want, size_t n, size_t align, unsigned blocks)
{
	struct mg_thread *t = &mg_thread_self;
	void *p;

	n += n == 0;
	if (UNLIKELY(n + align > (size_t)load_credit(t)))
		return slow_alloc(t, want, n, align, blocks);
	p = alloc(t, want, n, align, blocks);
	if (UNLIKELY(p == NULL))
		errno = ENOMEM;
	return p;
}

void *
mg_heap_malloc(size_t n)
{
	return allocate(WANT_PLAIN, n, 0, 1);
}

void *
mg_heap_zalloc(size_t n)
{
	return allocate(WANT_ZERO, n, 0, 1);
}

void *
mg_heap_aligned(size_t n, size_t align)
{
	return allocate(WANT_ALIGNED, n, align, 1);
}

static COLD void
slow_free(struct mg_thread *t, size_t usable, unsigned blocks)
{
	if (t->state == MG_THREAD_NEW)
		join(t);
	if (t->state == MG_THREAD_DEAD) {
		struct mg_counters c = { .frees = blocks, .freed_bytes = usable };

		store_credit(t, 0);
		mg_thread_count_dead(&c);
		mg_charge_give(usable);
		return;
	}
	trim_credit(t);
	do_slow_work(t, true);
}

static COLD void
free_foreign(void *p)
{
	struct mg_thread *t = &mg_thread_self;
	struct mg_counters c = { .foreign_frees = 1 };

	if (t->state == MG_THREAD_NEW)
		join(t);
	if (t->state == MG_THREAD_DEAD)
		mg_thread_count_dead(&c);
	else
		MG_THREAD_BUMP(t->counters.foreign_frees, 1);
	mg_foreign_free(p);
}

static inline void
release(void *p, unsigned blocks)
{
	struct mg_thread *t = &mg_thread_self;
	size_t usable = mg_backend_free(p);

	store_credit(t, load_credit(t) + (int64_t)usable);
	MG_THREAD_BUMP(t->counters.frees, blocks);
	MG_THREAD_BUMP(t->counters.freed_bytes, usable);
	if (UNLIKELY(load_credit(t) > atomic_load_explicit(&t->credit_max, memory_order_relaxed)))
		slow_free(t, usable, blocks);
}

/* A failing madvise inside mimalloc sets errno, as in a program that has locked its memory. */
void
mg_heap_free(void *p)
{
	int *errno_at = mg_thread_self.errno_at;
	int saved;

	if (UNLIKELY(errno_at == NULL))
		errno_at = &errno;
	saved = *errno_at;
	if (LIKELY(mg_backend_owns(p)))
		release(p, 1);
	else if (p != NULL)
		free_foreign(p);
	*errno_at = saved;
}

size_t
mg_heap_usable(void *p)
{
	if (p == NULL)
		return 0;
	return LIKELY(mg_backend_owns(p)) ? mg_backend_usable(p) : mg_foreign_usable(p);
}

static void
count_resize(void)
{
	struct mg_thread *t = &mg_thread_self;
	struct mg_counters c = { .reallocs = 1 };

	if (t->state == MG_THREAD_DEAD)
		mg_thread_count_dead(&c);
	else
		MG_THREAD_BUMP(t->counters.reallocs, 1);
}

/* A block of another allocator becomes one of ours: that is a new block, and a release elsewhere.
 */
static COLD void *
adopt_foreign(void *p, size_t n)
{
	size_t usable = mg_foreign_usable(p);
	void *ours = mg_heap_malloc(n);

	if (ours == NULL)
		return NULL;
	memcpy(ours, p, usable < n ? usable : n);
	mg_heap_free(p);
	return ours;
}

/* A resize is neither an allocation nor a release, whether or not the block moves: engines differ
 * in that. */
void *
mg_heap_realloc(void *p, size_t n)
{
	size_t usable;
	void *moved;
	int saved;

	if (UNLIKELY(!mg_backend_owns(p)))
		return adopt_foreign(p, n);
	usable = mg_backend_usable(p);
	if (!mg_backend_fits(usable, n)) {
		moved = allocate(WANT_PLAIN, n, 0, 0);
		/* At the ceiling there may be no room for both; a block that shrinks can stay. */
		if (moved == NULL && n > usable)
			return NULL;
		if (moved == NULL) {
			count_resize();
			return p;
		}
		memcpy(moved, p, usable < n ? usable : n);
		saved = errno;
		release(p, 0);
		errno = saved;
		p = moved;
	}
	count_resize();
	return p;
}

void
mg_heap_init(void)
{
	mg_backend_init();
}

void
mg_heap_set_slow_work(mg_heap_slow_fn *slow_work)
{
	state.slow_work = slow_work;
}

void
mg_heap_configure(uint64_t limit_bytes, uint64_t reserve_bytes)
{
	mg_charge_configure(limit_bytes, reserve_bytes);
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
	return mg_thread_self.nested > 0;
}

void
mg_heap_enter_internal(void)
{
	mg_thread_self.nested++;
}

void
mg_heap_leave_internal(void)
{
	mg_thread_self.nested--;
}

void
mg_heap_count_hit(void)
{
	atomic_fetch_add_explicit(&state.limit_hits, 1, memory_order_relaxed);
}

void
mg_heap_count_refusal(void)
{
	atomic_fetch_add_explicit(&state.refused, 1, memory_order_relaxed);
	mg_charge_open_reserve();
}

uint32_t
mg_heap_collect(void)
{
	int saved = errno;
	uint32_t collection =
	    atomic_fetch_add_explicit(&state.collection, 1, memory_order_relaxed) + 1;

	mg_backend_collect();
	errno = saved;
	atomic_store_explicit(&mg_thread_self.collected, collection, memory_order_relaxed);
	mg_thread_call_all();
	return collection;
}

uint64_t
mg_heap_collect_behind(uint32_t collection)
{
	return mg_thread_count_behind(collection);
}

void
mg_heap_recall_credit(void)
{
	struct mg_thread *t = &mg_thread_self;
	int64_t credit = load_credit(t);

	store_credit(t, 0);
	if (credit > 0)
		mg_charge_give((uint64_t)credit);
	mg_thread_call_all();
}

bool
mg_heap_owns(const void *p)
{
	return mg_backend_owns(p);
}

void
mg_heap_read(struct mg_snapshot *s)
{
	struct mg_counters c;

	mg_thread_sum(&c);
	mg_snapshot_add_counters(s, &c);
	/* Between two reads a block can be freed that was not yet seen as handed out. */
	s->live_bytes = c.alloc_bytes > c.freed_bytes ? c.alloc_bytes - c.freed_bytes : 0;
	s->live_blocks = c.allocs > c.frees ? c.allocs - c.frees : 0;
	s->heap_footprint_bytes = s->live_bytes;
	s->heap_limit_bytes = mg_charge_limit();
	s->heap_peak_bytes = mg_charge_peak();
	s->threads = mg_thread_count();
	s->limit_hits = atomic_load_explicit(&state.limit_hits, memory_order_relaxed);
	s->refused_allocs = atomic_load_explicit(&state.refused, memory_order_relaxed);
	memcpy(s->engine, "mimalloc", sizeof "mimalloc");
}

void
mg_heap_before_fork(void)
{
	mg_thread_before_fork();
}

void
mg_heap_after_fork_parent(void)
{
	mg_thread_after_fork_parent();
}

void
mg_heap_after_fork_child(void)
{
	mg_thread_after_fork_child();
}
