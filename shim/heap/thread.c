/* SPDX-License-Identifier: MIT */
#include "shim/heap/thread.h"

#include "shim/base/hints.h"
#include "shim/heap/slice.h"

#include <pthread.h>
#include <stddef.h>

#define RECORDS_AT_ONCE 8
#define READ_TRIES 100
#define FORK_NAP_NS ((uint64_t)50000)
#define FORK_WAIT_NS (200 * MG_NS_PER_MS)

struct mg_thread mg_thread_nobody = { .busy = 1 }, mg_thread_gone = { .busy = 1 };
static struct mg_thread first_record;
_Thread_local struct mg_thread_own mg_thread_self = { .record = &mg_thread_nobody };

static MG_SYS_TOGETHER struct {
	struct mg_lock lock; /* guards free and the key; ranks above all but `hold` */
	struct mg_thread *free;
	_Atomic(struct mg_thread *) first;
	_Atomic uint64_t listed;
	_Atomic uint32_t forks, ended_forks; /* written under the lock; differ while one is made */
	_Atomic uint32_t stuck_fork;         /* somebody has waited for it in vain; 0: none */
	uint64_t key;
	void (*leave)(struct mg_thread *);
	struct mg_counters direct;
	_Atomic bool is_at_kernel;
	_Atomic bool has_first;
	pthread_key_t at_end;
	bool is_tried, has_key;
	void (*at_last)(void);
} all;

void
mg_thread_start(uint64_t key, void (*leave)(struct mg_thread *))
{
	all.key = key;
	all.leave = leave;
}

void
mg_thread_set_at_last(void (*call)(void))
{
	all.at_last = call;
}

static bool
leave(struct mg_thread *t)
{
	bool is_last = atomic_fetch_sub_explicit(&all.listed, 1, memory_order_acq_rel) == 1;

	mg_thread_self.record = &mg_thread_gone;
	all.leave(t);
	return is_last;
}

/* exit() calls this for no thread: where the last one comes, main has left by pthread_exit(). */
static void
end(void *record)
{
	if (leave(record) && all.at_last != NULL)
		all.at_last();
}

/* At the first join: constructors of other libraries allocate, and start threads, before ours runs
 * (H8). */
static bool
has_key(void)
{
	mg_sys_lock(&all.lock);
	if (!all.is_tried) {
		all.is_tried = true;
		all.has_key = pthread_key_create(&all.at_end, end) == 0;
	}
	mg_sys_unlock(&all.lock);
	return all.has_key;
}

/* ---- Records. */

static void
init_record(struct mg_thread *t)
{
	t->key = all.key;
	for (unsigned class = 1; class < MG_CLASSES; class ++) {
		t->cap[class] = 0;
		t->batch[class] = mg_classes[class].first_batch;
	}
}

static struct mg_thread *
take_free(void)
{
	struct mg_thread *t;

	mg_sys_lock(&all.lock);
	t = all.free;
	if (t != NULL) {
		all.free = t->next_free;
		init_record(t);
		atomic_store_explicit(&t->state, MG_THREAD_LISTED, memory_order_release);
	}
	mg_sys_unlock(&all.lock);
	return t;
}

static void
publish(struct mg_thread *t)
{
	struct mg_thread *first = atomic_load_explicit(&all.first, memory_order_relaxed);

	do
		t->next = first;
	while (!atomic_compare_exchange_weak_explicit(
	    &all.first, &first, t, memory_order_release, memory_order_relaxed));
}

static void
add_record(struct mg_thread *t)
{
	publish(t);
	mg_thread_put(t);
}

/* A few at once, page by page: what no thread has used costs nothing. The first thread's needs no
 * mapping. */
static void
map_records(void)
{
	size_t bytes = RECORDS_AT_ONCE * sizeof(struct mg_thread);
	struct mg_thread *t;

	if (!atomic_exchange(&all.has_first, true)) {
		add_record(&first_record);
		return;
	}
	if (!mg_slice_own(bytes))
		return;
	t = mg_sys_map(bytes);
	if (t == NULL)
		mg_slice_disown(bytes);
	for (int i = 0; t != NULL && i < RECORDS_AT_ONCE; i++)
		add_record(&t[i]);
}

struct mg_thread *
mg_thread_join(void)
{
	struct mg_thread *t;
	bool has = false;

	/* A signal handler must not join too, nor wait for a lock that it interrupted. */
	mg_thread_self.locked++;
	t = take_free();
	if (t == NULL) {
		map_records();
		t = take_free();
	}
	if (t != NULL) {
		atomic_fetch_add_explicit(&all.listed, 1, memory_order_relaxed);
		has = has_key();
	}
	mg_thread_self.record = t != NULL ? t : &mg_thread_gone;
	mg_thread_self.locked--;
	/* pthread_setspecific may allocate: by then this thread must have its record. */
	if (t != NULL && (!has || pthread_setspecific(all.at_end, t) != 0))
		leave(t);
	return mg_thread_self.record;
}

static void
put_locked(struct mg_thread *t)
{
	atomic_store_explicit(&t->state, MG_THREAD_FREE, memory_order_relaxed);
	t->next_free = all.free;
	all.free = t;
	mg_sys_unlock(&all.lock);
}

void
mg_thread_put(struct mg_thread *t)
{
	mg_sys_lock(&all.lock);
	put_locked(t);
}

bool
mg_thread_try_put(struct mg_thread *t)
{
	if (!mg_sys_trylock(&all.lock))
		return false;
	put_locked(t);
	return true;
}

struct mg_thread *
mg_thread_first(void)
{
	return atomic_load_explicit(&all.first, memory_order_acquire);
}

/* ---- Sums. Each number is read whole; together they are one moment only when threads rest. */

void
mg_thread_count_direct(const struct mg_counters *c)
{
	for (size_t i = 0; i < sizeof *c / sizeof(uint64_t); i++) {
		uint64_t n = ((const uint64_t *)c)[i];

		if (n != 0)
			__atomic_fetch_add((uint64_t *)&all.direct + i, n, __ATOMIC_RELAXED);
	}
}

static void
add_counters(struct mg_counters *out, const struct mg_counters *from)
{
	struct mg_counters c;

	_Static_assert(sizeof c % sizeof(uint64_t) == 0, "counters are words");
	for (size_t i = 0; i < sizeof c / sizeof(uint64_t); i++)
		((uint64_t *)&c)[i] = __atomic_load_n((const uint64_t *)from + i, __ATOMIC_RELAXED);
	mg_snapshot_sum_counters(out, &c);
}

struct mg_thread_use
mg_thread_read(const struct mg_thread *t, unsigned class)
{
	struct mg_thread_use u = { 0 };
	int64_t base, passed, stock, cached;
	int32_t room, due;
	uint32_t changes;

	/* An owner that was descheduled in the middle is not waited for. */
	for (int i = 0; i < READ_TRIES; i++) {
		changes = atomic_load_explicit(&t->changes, memory_order_acquire);
		base = __atomic_load_n(&t->base[class], __ATOMIC_ACQUIRE);
		passed = __atomic_load_n(&t->passed[class], __ATOMIC_ACQUIRE);
		room = __atomic_load_n(&t->magazine[class].room, __ATOMIC_ACQUIRE);
		due = __atomic_load_n(&t->magazine[class].due, __ATOMIC_ACQUIRE);
		if (changes % 2 == 0 &&
		    changes == atomic_load_explicit(&t->changes, memory_order_acquire))
			break;
	}
	stock = __atomic_load_n(&t->stock[class], __ATOMIC_RELAXED);
	u.allocs = (uint64_t)(passed - due);
	u.frees = (uint64_t)(base - room);
	cached = stock + (int64_t)(u.frees - u.allocs);
	u.cached = cached > 0 ? (uint64_t)cached : 0;
	return u;
}

static void
add_magazines(struct mg_counters *out, const struct mg_thread *t)
{
	for (unsigned class = 1; class < MG_CLASSES; class ++) {
		struct mg_thread_use u = mg_thread_read(t, class);

		out->allocs += u.allocs;
		out->frees += u.frees;
		out->alloc_bytes += u.allocs * mg_classes[class].bytes;
		out->freed_bytes += u.frees * mg_classes[class].bytes;
	}
}

void
mg_thread_sum(struct mg_counters *out)
{
	*out = (struct mg_counters){ 0 };
	add_counters(out, &all.direct);
	for (const struct mg_thread *t = mg_thread_first(); t != NULL; t = t->next) {
		add_counters(out, &t->counters);
		add_magazines(out, t);
	}
	/* What a signal handler put off is taken away before it is added. */
	if ((int64_t)out->frees < 0)
		out->frees = 0;
}

uint64_t
mg_thread_cached_bytes(void)
{
	uint64_t bytes = 0;

	for (const struct mg_thread *t = mg_thread_first(); t != NULL; t = t->next)
		for (unsigned class = 1; class < MG_CLASSES; class ++)
			bytes += mg_thread_read(t, class).cached * mg_classes[class].bytes;
	return bytes;
}

uint64_t
mg_thread_credit(void)
{
	int64_t sum = 0;

	for (struct mg_thread *t = mg_thread_first(); t != NULL; t = t->next)
		sum += atomic_load_explicit(&t->credit, memory_order_relaxed);
	return sum > 0 ? (uint64_t)sum : 0;
}

uint64_t
mg_thread_count(void)
{
	return atomic_load_explicit(&all.listed, memory_order_relaxed);
}

static bool
is_listed(const struct mg_thread *t)
{
	return atomic_load_explicit(&t->state, memory_order_relaxed) == MG_THREAD_LISTED;
}

void
mg_thread_call_all(void)
{
	for (struct mg_thread *t = mg_thread_first(); t != NULL; t = t->next)
		if (is_listed(t))
			atomic_store_explicit(&t->credit_max, -1, memory_order_relaxed);
}

uint64_t
mg_thread_count_behind(uint32_t collection)
{
	uint64_t n = 0;

	for (struct mg_thread *t = mg_thread_first(); t != NULL; t = t->next)
		n += is_listed(t) &&
		     atomic_load_explicit(&t->collected, memory_order_relaxed) != collection;
	return n;
}

/* ---- Fork. */

bool
mg_thread_is_kept_out(void)
{
	uint32_t fork = atomic_load_explicit(&all.forks, memory_order_acquire);

	/* Only this fork is waited for: with the next one it may be luckier at the locks. */
	for (uint64_t waited_ns = 0; waited_ns < FORK_WAIT_NS; waited_ns += FORK_NAP_NS) {
		if (MG_LIKELY(
			fork == atomic_load_explicit(&all.ended_forks, memory_order_acquire)) ||
		    fork != atomic_load_explicit(&all.forks, memory_order_acquire))
			return false;
		if (atomic_load_explicit(&all.stuck_fork, memory_order_relaxed) == fork)
			return true;
		mg_sys_sleep_ns(FORK_NAP_NS);
		/* The kernel takes its time for a big heap, and waits for nobody. */
		if (atomic_load_explicit(&all.is_at_kernel, memory_order_relaxed))
			waited_ns = 0;
	}
	atomic_store_explicit(&all.stuck_fork, fork, memory_order_relaxed);
	return true;
}

void
mg_thread_before_fork(void)
{
	mg_sys_lock(&all.lock);
	atomic_fetch_add_explicit(&all.forks, 1, memory_order_release);
}

void
mg_thread_enter_fork(void)
{
	atomic_store_explicit(&all.is_at_kernel, true, memory_order_relaxed);
}

static void
end_fork(void)
{
	atomic_store_explicit(&all.is_at_kernel, false, memory_order_relaxed);
	atomic_store_explicit(&all.ended_forks,
	    atomic_load_explicit(&all.forks, memory_order_relaxed), memory_order_release);
}

void
mg_thread_after_fork_parent(void)
{
	end_fork();
	mg_sys_unlock(&all.lock);
}

void
mg_thread_after_fork_child(void)
{
	uint64_t listed = 0;

	mg_sys_reset_lock(&all.lock);
	end_fork();
	for (struct mg_thread *t = mg_thread_first(); t != NULL; t = t->next) {
		if (t == mg_thread_self.record)
			listed++;
		else if (is_listed(t))
			atomic_store_explicit(&t->state, MG_THREAD_ORPHAN, memory_order_relaxed);
	}
	if (atomic_load_explicit(&all.listed, memory_order_relaxed) != listed)
		atomic_store_explicit(&all.listed, listed, memory_order_relaxed);
}
