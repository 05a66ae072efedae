/* SPDX-License-Identifier: MIT */
/*
 * What each thread keeps for itself, and the list of all threads. A record is thread-local and
 * valid when all zero; it joins the list at the thread's first slow path and leaves it in a pthread
 * key destructor, which adds its counters to those of the dead. The owner alone writes counters and
 * credit (relaxed stores); the governor reads them. The list has a lock, taken at birth, death and
 * by readers; no system call is made under it.
 */
#ifndef MG_THREAD_H
#define MG_THREAD_H

#include "shim/tables/snapshot.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum mg_thread_state {
	MG_THREAD_NEW, /* not in the list yet */
	MG_THREAD_LISTED,
	MG_THREAD_DEAD, /* past its destructor: counts into the totals directly, keeps no credit
			   (H26) */
};

struct mg_thread {
	_Atomic int64_t
	    credit; /* bytes charged to the process that this thread may still hand out */
	_Atomic int64_t credit_max; /* a free that lifts credit above it takes the slow path; the
				     * governor stores -1 to call the thread there */
	struct mg_counters counters;
	int *errno_at; /* of this thread; NULL until it has joined */
	enum mg_thread_state state;
	bool holds_list;            /* across a fork */
	uint32_t nested;            /* inside memgov's own slow work: no callbacks, no collection */
	_Atomic uint32_t collected; /* the last collection it took part in */
	uint64_t short_of; /* what its last failed request would have charged; 0 when the ceiling
			      was not the reason */
	struct mg_thread *next, *prev;
};

extern __attribute__((visibility("hidden"))) _Thread_local struct mg_thread mg_thread_self;

/* A counter that one thread writes and others read. */
#define MG_THREAD_BUMP(counter, n) \
	__atomic_store_n(          \
	    &(counter), __atomic_load_n(&(counter), __ATOMIC_RELAXED) + (n), __ATOMIC_RELAXED)

/* Puts the calling thread into the list. Without a pthread key (a process has 1024) it becomes a
 * DEAD one instead. */
void mg_thread_join(struct mg_thread *t);

/* Counts into the totals of the dead; for DEAD threads. */
void mg_thread_count_dead(const struct mg_counters *c);

/* Sum over all threads, living and dead. */
void mg_thread_sum(struct mg_counters *out);
/* Sum of the unspent credit of all threads. */
uint64_t mg_thread_credit(void);
uint64_t mg_thread_count(void);

/* Calls every thread into its slow path at its next free. */
void mg_thread_call_all(void);
/* Threads of the list that have not taken part in `collection` yet. */
uint64_t mg_thread_count_behind(uint32_t collection);

/* fork: the lock is taken before, and in the child all records but the caller's become dead ones.
 */
void mg_thread_before_fork(void);
void mg_thread_after_fork_parent(void);
void mg_thread_after_fork_child(void);

#endif
