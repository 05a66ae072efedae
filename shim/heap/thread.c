/* SPDX-License-Identifier: MIT */
#include "shim/heap/thread.h"

#include "shim/base/sys.h"
#include "shim/heap/charge.h"

#include <pthread.h>
#include <stddef.h>
#include <sys/single_threaded.h>

_Thread_local struct mg_thread mg_thread_self;

static struct {
	struct mg_lock lock; /* guards all below */
	struct mg_thread *first;
	_Atomic uint64_t count;
	struct mg_counters dead;
	pthread_key_t key;
	bool is_tried, has_key;
} list;

/* Counters of a living thread, each read whole; together they are one moment only when it rests. */
static struct mg_counters
read_counters(const struct mg_thread *t)
{
	struct mg_counters c;

	_Static_assert(sizeof c % sizeof(uint64_t) == 0, "counters are words");
	for (size_t i = 0; i < sizeof c / sizeof(uint64_t); i++)
		((uint64_t *)&c)[i] =
		    __atomic_load_n((const uint64_t *)&t->counters + i, __ATOMIC_RELAXED);
	return c;
}

static void
unlink_record(struct mg_thread *t)
{
	struct mg_counters c = read_counters(t);

	if (t->prev != NULL)
		t->prev->next = t->next;
	else
		list.first = t->next;
	if (t->next != NULL)
		t->next->prev = t->prev;
	mg_snapshot_sum_counters(&list.dead, &c);
	atomic_fetch_sub_explicit(&list.count, 1, memory_order_relaxed);
}

static void
make_dead(struct mg_thread *t)
{
	int64_t credit = atomic_load_explicit(&t->credit, memory_order_relaxed);

	t->state = MG_THREAD_DEAD;
	atomic_store_explicit(&t->credit, 0, memory_order_relaxed);
	atomic_store_explicit(&t->credit_max, -1, memory_order_relaxed);
	if (credit > 0)
		mg_charge_give((uint64_t)credit);
}

static void
leave(void *record)
{
	struct mg_thread *t = record;

	mg_sys_lock(&list.lock);
	unlink_record(t);
	mg_sys_unlock(&list.lock);
	make_dead(t);
}

/* At the first join: constructors of other libraries allocate, and start threads, before ours runs
 * (H8). */
static bool
has_key(void)
{
	mg_sys_lock(&list.lock);
	if (!list.is_tried) {
		list.is_tried = true;
		list.has_key = pthread_key_create(&list.key, leave) == 0;
	}
	mg_sys_unlock(&list.lock);
	return list.has_key;
}

void
mg_thread_join(struct mg_thread *t)
{
	/* pthread_setspecific may allocate: by then this thread must not look new any more. */
	t->state = MG_THREAD_LISTED;
	if (!has_key() || pthread_setspecific(list.key, t) != 0) {
		struct mg_counters c = read_counters(t);

		mg_thread_count_dead(&c);
		make_dead(t);
		return;
	}
	mg_sys_lock(&list.lock);
	t->prev = NULL;
	t->next = list.first;
	if (t->next != NULL)
		t->next->prev = t;
	list.first = t;
	atomic_fetch_add_explicit(&list.count, 1, memory_order_relaxed);
	mg_sys_unlock(&list.lock);
}

void
mg_thread_count_dead(const struct mg_counters *c)
{
	mg_sys_lock(&list.lock);
	mg_snapshot_sum_counters(&list.dead, c);
	mg_sys_unlock(&list.lock);
}

void
mg_thread_sum(struct mg_counters *out)
{
	mg_sys_lock(&list.lock);
	*out = list.dead;
	for (const struct mg_thread *t = list.first; t != NULL; t = t->next) {
		struct mg_counters c = read_counters(t);

		mg_snapshot_sum_counters(out, &c);
	}
	mg_sys_unlock(&list.lock);
}

uint64_t
mg_thread_credit(void)
{
	int64_t sum = 0;

	mg_sys_lock(&list.lock);
	for (struct mg_thread *t = list.first; t != NULL; t = t->next)
		sum += atomic_load_explicit(&t->credit, memory_order_relaxed);
	mg_sys_unlock(&list.lock);
	return sum > 0 ? (uint64_t)sum : 0;
}

uint64_t
mg_thread_count(void)
{
	return atomic_load_explicit(&list.count, memory_order_relaxed);
}

void
mg_thread_call_all(void)
{
	mg_sys_lock(&list.lock);
	for (struct mg_thread *t = list.first; t != NULL; t = t->next)
		atomic_store_explicit(&t->credit_max, -1, memory_order_relaxed);
	mg_sys_unlock(&list.lock);
}

uint64_t
mg_thread_count_behind(uint32_t collection)
{
	uint64_t n = 0;

	mg_sys_lock(&list.lock);
	for (struct mg_thread *t = list.first; t != NULL; t = t->next)
		n += atomic_load_explicit(&t->collected, memory_order_relaxed) != collection;
	mg_sys_unlock(&list.lock);
	return n;
}

/*
 * Fork handlers of other libraries may run between ours, and allocate: the forking thread is
 * internal for so long, and does nothing that takes a lock.
 */
void
mg_thread_before_fork(void)
{
	struct mg_thread *t = &mg_thread_self;

	if (t->state == MG_THREAD_NEW)
		mg_thread_join(t);
	t->nested++;
	/* Without a second thread nobody can be at the list, and its page stays shared with the
	 * child. */
	t->holds_list = !__libc_single_threaded;
	if (t->holds_list)
		mg_sys_lock(&list.lock);
}

void
mg_thread_after_fork_parent(void)
{
	struct mg_thread *t = &mg_thread_self;

	if (t->holds_list)
		mg_sys_unlock(&list.lock);
	t->nested--;
}

/* The other threads do not exist here; what they had counted stays counted, what they had charged
 * is given back. */
void
mg_thread_after_fork_child(void)
{
	struct mg_thread *t = list.first, *next;

	for (; t != NULL; t = next) {
		int64_t credit = atomic_load_explicit(&t->credit, memory_order_relaxed);

		next = t->next;
		if (t == &mg_thread_self)
			continue;
		unlink_record(t);
		if (credit > 0)
			mg_charge_give((uint64_t)credit);
	}
	mg_sys_reset_lock(&list.lock);
	mg_thread_self.nested--;
}
