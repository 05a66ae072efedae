/* SPDX-License-Identifier: MIT */
#include "shim/heap/heap.h"

#include "shim/base/log.h"
#include "shim/heap/backend.h"
#include "shim/heap/bits.h"
#include "shim/heap/charge.h"
#include "shim/heap/fast.h"
#include "shim/heap/foreign.h"
#include "shim/heap/large.h"
#include "shim/heap/nested.h"
#include "shim/heap/pause.h"
#include "shim/heap/plain.h"
#include "shim/heap/run.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/single_threaded.h>

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define COLD __attribute__((cold, noinline))

/* More than there are addresses. */
#define MAX_BYTES ((size_t)1 << 47)
#define MIN_ALIGN 16u
#define TRIES 3
/* A usable size, in a signal handler whose thread may hold the lock of large blocks. */
#define UNKNOWN SIZE_MAX

static struct {
	struct mg_lock starting;
	_Atomic bool is_started;
	bool has_region;
	_Atomic bool uses_mimalloc;
	mg_heap_slow_fn *slow_work;
	_Atomic uint32_t collection; /* engine mimalloc */
	_Atomic uint64_t limit_hits;
	_Atomic uint64_t refused;
	_Atomic uint64_t decay_ns;
} state = { .decay_ns = MG_NS_PER_S };

size_t mg_heap_small_bytes;

/* ---- Threads. */

static COLD void
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

/* In a signal handler that interrupted an allocation, or while a fork holds the locks: in the
 * thread that forks, and in one that it waits for. */
static bool
is_nested(const struct mg_thread *t)
{
	return mg_thread_self.locked != 0 ||
	       (mg_thread_has_record(t) &&
		   atomic_load_explicit(&t->busy, memory_order_relaxed) != 0) ||
	       mg_thread_is_kept_out();
}

static struct mg_thread *
start_thread(struct mg_thread *t)
{
	if (LIKELY(t != &mg_thread_nobody))
		return t;
	mg_heap_init();
	t = mg_thread_join();
	if (mg_thread_count() > 1)
		mg_pause_mark_original();
	atomic_store_explicit(&t->collected,
	    atomic_load_explicit(&state.collection, memory_order_relaxed), memory_order_relaxed);
	return t;
}

/* In a child: the other threads are not here. Unless all were paused for the fork, it takes what
 * there is: locks that others held are free again. */
static void
forget_others(bool none_paused)
{
	mg_large_after_fork_child();
	mg_bits_after_fork_child();
	mg_slice_after_fork_child();
	mg_park_after_fork_child();
	mg_thread_after_fork_child();
	mg_pause_after_fork_child(none_paused);
	mg_sweep_after_fork_child();
}

/* Finds out that this is a copy of the process, made past the fork handlers. */
static COLD void
end_copy(void)
{
	if (!mg_pause_is_copy())
		return;
	mg_pause_end_copy();
	forget_others(true);
}

/* The owner found itself paused. True: past the magazines; false: try again. */
static bool
is_paused(struct mg_thread *t)
{
	if (atomic_load_explicit(&t->paused, memory_order_acquire) == MG_PAUSE_ASK) {
		atomic_store_explicit(&t->paused, MG_PAUSE_NO, memory_order_relaxed);
		mg_magazine_empty(t);
		return false;
	}
	end_copy();
	return atomic_load_explicit(&t->paused, memory_order_relaxed) != MG_PAUSE_NO;
}

/* Slow path: what a thread owes the rest of memgov. Never nested, never under a lock. */
static COLD void
do_slow_work(bool in_free)
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
	if (state.slow_work != NULL)
		state.slow_work(in_free);
	mg_thread_self.internal--;
	errno = saved;
}

/* ---- Allocating. */

struct request {
	size_t n, align; /* align 0: 16 will do */
	bool want_zero;
	unsigned blocks; /* what it counts as: 1, or 0 when it replaces another (realloc) */
};

static void
count_alloc(unsigned blocks, size_t usable)
{
	struct mg_counters c = { .allocs = blocks, .alloc_bytes = usable };

	mg_thread_count_direct(&c);
}

/* A signal handler, or a thread that a fork waits for: no locks. */
static COLD void *
alloc_nested(const struct request *r)
{
	size_t usable;
	uint64_t short_of;
	void *p = mg_nested_alloc(r->n, r->align, &usable);
	struct mg_large_block b = { .p = p };

	if (p == NULL) {
		b = mg_large_alloc(r->n, r->align, r->want_zero, false, &short_of);
		usable = b.usable;
	}
	if (b.p == NULL)
		return NULL;
	if (r->want_zero && !b.is_zero)
		memset(b.p, 0, r->n);
	count_alloc(r->blocks, usable);
	return b.p;
}

static void *
alloc_plain(struct mg_thread *t, const struct request *r)
{
	struct mg_plain_request plain = { r->n, r->align, r->want_zero, r->blocks };

	return mg_plain_alloc(t, &plain, &mg_thread_self.short_of);
}

static struct mg_block *
pop_own(struct mg_thread *t, unsigned class, bool *is_zero)
{
	struct mg_block *b = NULL;

	if (mg_pause_enter(t)) {
		b = mg_fast_pop(t, class, is_zero);
		if (b == NULL && t->magazine[class].head != NULL)
			mg_magazine_condemn(t, class);
		mg_pause_leave(t);
	}
	return b;
}

/* One block straight from the store, for a thread without magazines. */
static void *
take_one(unsigned class, bool want_zero, unsigned blocks, enum mg_slice_failure *why)
{
	uintptr_t block;
	size_t bytes = mg_classes[class].bytes;

	if (mg_park_take(class, &block, 1, why) == 0)
		return NULL;
	if (want_zero && (block & MG_PARK_ZERO) == 0)
		memset((void *)block, 0, bytes);
	count_alloc(blocks, bytes);
	return (void *)(block & ~MG_PARK_ZERO);
}

static void *
alloc_small(
    struct mg_thread *t, unsigned class, const struct request *r, enum mg_slice_failure *why)
{
	struct mg_block *b = NULL;
	bool is_zero = false;

	while (mg_thread_has_record(t)) {
		b = pop_own(t, class, &is_zero);
		if (b != NULL)
			break;
		if (!mg_magazine_refill(t, class, why) && (*why != MG_SLICE_OK || is_paused(t)))
			break;
	}
	if (b == NULL)
		return *why == MG_SLICE_OK ? take_one(class, r->want_zero, r->blocks, why) : NULL;

	if (r->want_zero)
		memset(b, 0, is_zero ? sizeof *b : mg_classes[class].bytes);
	if (r->blocks == 0)
		MG_THREAD_BUMP(t->counters.allocs, (uint64_t)-1);
	return b;
}

static void *
alloc_run(const struct request *r, enum mg_slice_failure *why)
{
	void *p = mg_run_alloc(r->n, r->want_zero, why);

	if (p != NULL)
		count_alloc(r->blocks, mg_run_usable(p));
	return p;
}

static uint64_t
whole_pages(uint64_t n)
{
	return (n + MG_SLICE_PAGE - 1) & ~(uint64_t)(MG_SLICE_PAGE - 1);
}

static void *
alloc_large(const struct request *r)
{
	struct mg_large_block b =
	    mg_large_alloc(r->n, r->align, r->want_zero, true, &mg_thread_self.short_of);

	if (b.p == NULL) {
		/* Not only what was missing: that is the room that is needed. */
		if (mg_thread_self.short_of != 0)
			mg_thread_self.short_of = whole_pages(r->n);
		return NULL;
	}
	if (r->want_zero && !b.is_zero)
		memset(b.p, 0, r->n);
	count_alloc(r->blocks, b.usable);
	return b.p;
}

/* What a block of a class may cost: its pages, and those of a new slice's record and bits. */
static uint64_t
pages_for(unsigned class)
{
	return whole_pages(mg_classes[class].bytes + 2 * MG_SLICE_PAGE);
}

/* Where a request of this size and alignment belongs. On failure short_of says why. */
static void *
find(struct mg_thread *t, const struct request *r)
{
	enum mg_slice_failure why = MG_SLICE_OK;
	unsigned class = 0;
	void *p;

	mg_thread_self.short_of = 0;
	if (mg_heap_small_bytes == 0)
		return alloc_plain(t, r);
	if (r->align > MIN_ALIGN)
		class = mg_class_of_aligned(r->n, r->align);
	else if (r->n <= MG_CLASS_MAX_BYTES)
		class = mg_class_of(r->n);
	if (class == 0 && (r->n > MG_RUN_MAX_BYTES || r->align > MG_SLICE_BYTES))
		return alloc_large(r);
	p = class != 0 ? alloc_small(t, class, r, &why) : alloc_run(r, &why);
	if (p == NULL && why == MG_SLICE_SYSTEM)
		return alloc_plain(t, r);
	if (p == NULL)
		mg_thread_self.short_of = class != 0 ? pages_for(class) : r->n;
	return p;
}

static void
free_deferred(void)
{
	void *next;

	for (void *p = mg_nested_take_deferred(); p != NULL; p = next) {
		next = mg_nested_next(p);
		mg_heap_free(p);
	}
}

static bool
make_room(uint64_t bytes, bool (*sweep)(uint64_t))
{
	struct mg_thread *t = mg_thread_self.record;
	bool worth_it;

	if (mg_thread_has_record(t))
		mg_plain_give_credit(t);
	if (mg_heap_small_bytes == 0) {
		mg_thread_call_all();
		return mg_heap_has_room(bytes);
	}
	mg_thread_self.locked++;
	worth_it = sweep(bytes);
	mg_thread_self.locked--;
	return worth_it;
}

bool
mg_heap_make_room(uint64_t bytes)
{
	return make_room(bytes, mg_sweep_make_room);
}

static COLD void *
slow_alloc(const struct request *r)
{
	struct mg_thread *t = mg_thread_self.record;
	bool is_hit = false;
	void *p = NULL;

	mg_thread_self.short_of = 0;
	/* More than there are addresses is no ceiling's affair. */
	if (r->n > MAX_BYTES - r->align) {
		errno = ENOMEM;
		return NULL;
	}
	if (is_nested(t)) {
		p = alloc_nested(r);
		errno = p == NULL ? ENOMEM : errno;
		return p;
	}
	t = start_thread(t);
	free_deferred();
	mg_thread_self.locked++;
	mg_nested_make_ready();
	for (int i = 0; i < TRIES && (p = find(t, r)) == NULL; i++) {
		if (mg_thread_self.short_of == 0)
			break;
		if (!is_hit)
			mg_heap_count_hit();
		is_hit = true;
		if (!make_room(mg_thread_self.short_of, mg_sweep_make_room_cheaply))
			break;
	}
	mg_thread_self.locked--;
	do_slow_work(false);
	if (p == NULL)
		errno = ENOMEM;
	return p;
}

void *
mg_heap_malloc(size_t n)
{
	struct request r = { .n = n + (n == 0), .blocks = 1 };

	return slow_alloc(&r);
}

void *
mg_heap_zalloc(size_t n)
{
	struct request r = { .n = n + (n == 0), .want_zero = true, .blocks = 1 };

	return slow_alloc(&r);
}

void *
mg_heap_aligned(size_t n, size_t align)
{
	struct request r = { .n = n + (n == 0), .align = align, .blocks = 1 };

	return slow_alloc(&r);
}

/* ---- Releasing. */

static void
count_free(unsigned blocks, size_t usable)
{
	struct mg_counters c = { .frees = blocks, .freed_bytes = usable };

	mg_thread_count_direct(&c);
}

static COLD void
count_double_free(const void *p)
{
	struct mg_counters c = { .double_frees = 1 };

	mg_thread_count_direct(&c);
	mg_park_report_double(p);
}

static bool
is_double_free(struct mg_thread *t, unsigned class, const struct mg_block *b)
{
	bool is_held = false;

	/* Walked by nobody who is emptying it meanwhile. */
	if ((b->mark ^ t->key) <= MG_BLOCK_ZERO && mg_pause_enter(t)) {
		is_held = mg_magazine_holds(t, class, b);
		mg_pause_leave(t);
	}
	/* Of one in the store the mark may be punched. */
	return is_held || !mg_park_is_issued(b);
}

static bool
push_own(struct mg_thread *t, unsigned class, struct mg_block *b)
{
	bool done = false;

	if (mg_pause_enter(t)) {
		done = mg_fast_push(t, class, b);
		mg_pause_leave(t);
	}
	return done;
}

static void
free_small(struct mg_thread *t, unsigned class, void *p, unsigned blocks)
{
	if (mg_thread_has_record(t)) {
		if (is_double_free(t, class, p)) {
			count_double_free(p);
			return;
		}
		do {
			if (push_own(t, class, p)) {
				if (blocks == 0)
					MG_THREAD_BUMP(t->counters.frees, (uint64_t)-1);
				return;
			}
		} while (mg_magazine_make_room(t, class) || !is_paused(t));
	}
	if (mg_park_put(class, &p, 1) == 0)
		count_free(blocks, mg_classes[class].bytes);
}

static void
free_in_region(struct mg_thread *t, void *p, unsigned blocks)
{
	uint32_t slice = (uint32_t)mg_slice_of(p);
	unsigned class = mg_slice_region.class[slice];
	size_t usable = 0;

	if (class != 0) {
		free_small(t, class, p, blocks);
		return;
	}
	if (mg_slice_state(mg_slice_record(slice)) == MG_SLICE_NESTED)
		usable = mg_nested_free(p);
	else
		usable = mg_run_free(p);
	if (usable != 0)
		count_free(blocks, usable);
	else
		count_double_free(p);
}

/* The release of a block that realloc has replaced is not counted, and later nobody knows. */
static void
put_off(void *p, unsigned blocks)
{
	struct mg_counters c = { .frees = (uint64_t)blocks - 1 };

	mg_thread_count_direct(&c);
	mg_nested_defer(p);
}

/* Returns false for a block of another allocator. */
static bool
free_outside(struct mg_thread *t, void *p, unsigned blocks)
{
	size_t usable = mg_large_free(p);
	bool trim = false;

	if (usable != 0)
		count_free(blocks, usable);
	else if (mg_backend_owns(p))
		trim = mg_plain_free(t, p, blocks);
	else if (mg_large_was(p))
		count_double_free(p);
	else
		return false;
	if (trim)
		mg_plain_trim(t);
	return true;
}

static COLD void
free_foreign(void *p)
{
	struct mg_counters c = { .foreign_frees = 1 };

	mg_thread_count_direct(&c);
	mg_foreign_free(p);
}

static COLD void
slow_free(void *p, unsigned blocks)
{
	struct mg_thread *t = mg_thread_self.record;
	bool is_ours = true;
	int saved = errno;

	if (is_nested(t)) {
		put_off(p, blocks);
		return;
	}
	t = start_thread(t);
	mg_thread_self.locked++;
	if (mg_slice_holds(p))
		free_in_region(t, p, blocks);
	else
		is_ours = free_outside(t, p, blocks);
	mg_thread_self.locked--;
	if (!is_ours)
		free_foreign(p);
	free_deferred();
	do_slow_work(true);
	errno = saved;
}

void
mg_heap_free(void *p)
{
	if (p != NULL)
		slow_free(p, 1);
}

/* A handler neither waits for a lock of its thread's, nor finds its thread with one here. */
static size_t
large_usable(const void *p)
{
	bool nested = is_nested(mg_thread_self.record);
	size_t usable;

	mg_thread_self.locked++;
	if (!nested)
		usable = mg_large_usable(p);
	else if (!mg_large_usable_soon(p, &usable))
		usable = UNKNOWN;
	mg_thread_self.locked--;
	return usable;
}

/* 0 for blocks that are not ours. */
static size_t
usable_of(const void *p)
{
	size_t slice = mg_slice_of(p), usable;
	unsigned class;

	class = LIKELY(slice < mg_slice_region.slices) ? mg_slice_region.class[slice] : 0;
	if (LIKELY(class != 0))
		return mg_classes[class].bytes;
	if (!mg_slice_holds(p)) {
		usable = large_usable(p);
		return usable != 0 ? usable : mg_backend_owns(p) ? mg_backend_usable(p) : 0;
	}
	if (mg_slice_state(mg_slice_record((uint32_t)slice)) == MG_SLICE_NESTED)
		return mg_nested_usable(p);
	return mg_run_starts((uint32_t)slice) ? mg_run_usable(p) : 0;
}

size_t
mg_heap_usable(void *p)
{
	size_t usable = p != NULL ? usable_of(p) : 0;

	if (usable == UNKNOWN)
		return 0;
	return usable != 0 || p == NULL || mg_heap_owns(p) ? usable : mg_foreign_usable(p);
}

/* ---- Resizing: neither an allocation nor a release, whether or not the block moves: engines
 * differ in that. */

static void
count_resize(void)
{
	struct mg_thread *t = mg_thread_self.record;
	struct mg_counters c = { .reallocs = 1 };

	if (mg_thread_has_record(t) && mg_thread_self.locked == 0)
		MG_THREAD_BUMP(t->counters.reallocs, 1);
	else
		mg_thread_count_direct(&c);
}

static void
count_change(size_t before, size_t after)
{
	struct mg_counters c = { 0 };

	if (after > before)
		c.alloc_bytes = after - before;
	else
		c.freed_bytes = before - after;
	mg_thread_count_direct(&c);
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

static void *
resize_run(void *p, size_t usable, size_t n)
{
	if (!mg_run_resize(p, n)) {
		if (n > usable && !mg_heap_has_room(n - usable))
			mg_thread_self.short_of = whole_pages(n - usable);
		return NULL;
	}
	count_change(usable, mg_run_usable(p));
	return p;
}

static void *
resize_large(void *p, size_t n)
{
	size_t before;
	struct mg_large_block b = mg_large_resize(p, n, &before, &mg_thread_self.short_of);

	if (b.p != NULL)
		count_change(before, b.usable);
	else if (mg_thread_self.short_of != 0)
		mg_thread_self.short_of = whole_pages(n - before);
	return b.p;
}

/* Runs and mappings grow and shrink without a copy, so that at the ceiling only what is added must
 * fit. NULL when this one does not. */
static void *
resize_in_place(void *p, size_t usable, size_t n)
{
	bool is_run = mg_slice_of(p) < mg_slice_region.slices;
	void *kept = NULL;

	if (n <= (is_run ? MG_CLASS_MAX_BYTES : MG_RUN_MAX_BYTES) || n > MAX_BYTES ||
	    is_nested(mg_thread_self.record))
		return NULL;
	for (int i = 0; i < TRIES; i++) {
		mg_thread_self.short_of = 0;
		mg_thread_self.locked++;
		kept = is_run ? resize_run(p, usable, n) : resize_large(p, n);
		mg_thread_self.locked--;
		if (kept != NULL || mg_thread_self.short_of == 0 ||
		    !make_room(mg_thread_self.short_of, mg_sweep_make_room_cheaply))
			break;
	}
	return kept;
}

static void *
move(void *p, size_t usable, size_t n)
{
	struct request r = { .n = n };
	struct mg_thread *t = mg_thread_self.record;
	void *moved = mg_fast_malloc(n);

	if (moved != NULL)
		MG_THREAD_BUMP(t->counters.allocs, (uint64_t)-1);
	else
		moved = slow_alloc(&r);
	if (moved == NULL)
		return NULL;
	memcpy(moved, p, usable < n ? usable : n);
	if (mg_fast_free(p))
		MG_THREAD_BUMP(mg_thread_self.record->counters.frees, (uint64_t)-1);
	else
		slow_free(p, 0);
	return moved;
}

/* A small block stays when the new size is of its class, or it wastes at most half. */
static bool
fits(size_t usable, size_t n)
{
	return n <= usable && (n >= usable / 2 || usable <= 4 * MG_CLASS_GRAIN);
}

/* All but runs and mappings: it cannot change where it is. */
static bool
is_fixed(const void *p)
{
	size_t slice = mg_slice_of(p);

	if (slice < mg_slice_region.slices)
		return mg_slice_region.class[slice] != 0 || !mg_run_starts((uint32_t)slice);
	return large_usable(p) == 0;
}

void *
mg_heap_realloc(void *p, size_t n)
{
	size_t usable = usable_of(p);
	void *kept = NULL;
	bool fixed;

	if (UNLIKELY(usable == 0) && !mg_heap_owns(p))
		return adopt_foreign(p, n);
	if (UNLIKELY(usable == UNKNOWN)) {
		mg_thread_self.short_of = 0;
		errno = ENOMEM;
		return NULL;
	}
	fixed = is_fixed(p);
	if (LIKELY(fixed) ? fits(usable, n) : n <= usable && n >= usable - usable / 8)
		kept = p;
	else if (!fixed)
		kept = resize_in_place(p, usable, n);
	if (kept == NULL && n <= MAX_BYTES)
		kept = move(p, usable, n);
	/* At the ceiling there may be no room for both; a block that shrinks can stay. */
	if (kept == NULL && n <= usable)
		kept = p;
	if (kept == NULL) {
		mg_thread_self.short_of = n <= MAX_BYTES ? mg_thread_self.short_of : 0;
		errno = ENOMEM;
		return NULL;
	}
	count_resize();
	return kept;
}

/* ---- The rest of memgov. */

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
mg_heap_init(void)
{
	if (atomic_load_explicit(&state.is_started, memory_order_acquire))
		return;
	mg_sys_lock(&state.starting);
	if (!atomic_load_explicit(&state.is_started, memory_order_relaxed)) {
		mg_backend_init();
		mg_class_init();
		mg_pause_start();
		mg_sys_set_before_wait(end_copy);
		mg_thread_start(random_key(), leave);
		state.has_region = mg_slice_start();
		mg_heap_use_mimalloc(atomic_load(&state.uses_mimalloc));
		atomic_store_explicit(&state.is_started, true, memory_order_release);
	}
	mg_sys_unlock(&state.starting);
}

void
mg_heap_use_mimalloc(bool use)
{
	atomic_store(&state.uses_mimalloc, use);
	mg_heap_small_bytes = use || !state.has_region ? 0 : MG_CLASS_MAX_BYTES;
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

void
mg_heap_collect_begin(struct mg_heap_collection *c)
{
	int saved = errno;

	*c = (struct mg_heap_collection){ 0 };
	mg_sweep_begin(&c->sweep);
	if (mg_heap_small_bytes != 0)
		return;
	c->number = atomic_fetch_add_explicit(&state.collection, 1, memory_order_relaxed) + 1;
	mg_backend_collect();
	atomic_store_explicit(&mg_thread_self.record->collected, c->number, memory_order_relaxed);
	mg_thread_call_all();
	errno = saved;
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
mg_heap_decay(uint64_t now_ns)
{
	uint64_t decay_ns = atomic_load_explicit(&state.decay_ns, memory_order_relaxed);

	if (is_nested(mg_thread_self.record) || now_ns <= decay_ns)
		return false;
	mg_thread_self.locked++;
	mg_large_purge(now_ns - decay_ns);
	mg_thread_self.locked--;
	return mg_large_read().kept_bytes > 0;
}

bool
mg_heap_owns(const void *p)
{
	return mg_slice_of(p) < mg_slice_region.slices || large_usable(p) != 0 ||
	       mg_backend_owns(p);
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
	const char *engine = mg_heap_small_bytes != 0 ? "park" : "mimalloc";
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
	s->limit_hits = atomic_load_explicit(&state.limit_hits, memory_order_relaxed);
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
	self->fork = is_nested(self->record) ? MG_THREAD_FORK_NESTED : MG_THREAD_FORK_WHOLE;
	if (self->fork == MG_THREAD_FORK_WHOLE)
		start_thread(self->record);
	self->locked++;
	if (self->fork != MG_THREAD_FORK_WHOLE)
		return;
	mg_thread_before_fork();
	mg_pause_all();
	mg_park_before_fork();
	mg_slice_before_fork();
	mg_bits_before_fork();
	mg_large_before_fork();
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
	mg_pause_end_copy();
	if (mg_thread_self.fork == MG_THREAD_FORK_ALONE)
		return;
	forget_others(mg_thread_self.fork == MG_THREAD_FORK_NESTED);
	mg_thread_self.fork = MG_THREAD_FORK_ALONE;
	mg_thread_self.locked--;
}
