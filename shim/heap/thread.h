/* SPDX-License-Identifier: MIT */
/*
 * What each thread keeps: a record, found through a thread-local pointer. Records are never
 * unmapped, and used again after their thread's death with all their counters, so that everyone may
 * look at any record at any time, and the totals are the sum over all of them.
 *
 * Owner handshake. The owner sets `busy` while it touches its magazines, and looks at `paused`
 * first; whoever wants them empty holds `hold`, sets `paused`, lets mg_sys_barrier() pass, and
 * waits for `busy` to be 0 (pause.h). The owner never waits for a pause: it goes past its
 * magazines. It is not busy while it waits for a lock. A signal handler that interrupted it finds
 * `busy` or `locked` set and leaves magazines and locks alone (nested.h).
 */
#ifndef MG_THREAD_H
#define MG_THREAD_H

#include "shim/base/sys.h"
#include "shim/heap/class.h"
#include "shim/tables/snapshot.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A stack of free blocks of one class, linked through their own memory. Both kinds of operation
 * count down to their next slow path: releases, so that even a program whose allocations and
 * releases alternate comes through one now and then; allocations, to the next sample. Written by
 * the owner while busy, or by who has paused it. Magazine 0 and those of samples' classes are empty
 * and take no release.
 */
struct mg_magazine {
	void *head;
	int32_t room; /* releases that may come before the next look */
	int32_t due;  /* allocations that may */
};
#define MG_MAGAZINE_MAX_ROOM 1023u

enum mg_thread_state {
	MG_THREAD_FREE, /* nobody's, waits for the next thread */
	MG_THREAD_LISTED,
	MG_THREAD_ORPHAN, /* its thread is gone, its magazines are not empty */
	MG_THREAD_LOST,   /* an orphan that was caught in the middle of something: left alone */
};

struct mg_thread {
	_Atomic uint32_t busy;
	_Atomic uint32_t paused;
	uint64_t
	    key; /* links in blocks are encoded with it, and free blocks marked; the process's */
	struct mg_magazine magazine[MG_CLASS_ALL];

	int64_t base[MG_CLASSES];    /* releases = base - room */
	int64_t passed[MG_CLASSES];  /* allocations = passed - due */
	int64_t stock[MG_CLASSES];   /* from the store less what went back; with releases less
				      * allocations it makes what the magazine holds */
	_Atomic uint32_t changes;    /* odd while the owner changes base and room together, or
				      * passed and due */
	uint16_t cap[MG_CLASSES];    /* blocks that fit */
	uint16_t batch[MG_CLASSES];  /* of the next refill */
	struct mg_counters counters; /* of what does not go through a magazine; the owner writes */
	_Atomic int64_t credit; /* engine mimalloc: bytes charged that may still be handed out */
	_Atomic int64_t credit_max; /* a free that lifts credit above it takes the slow path; -1
				     * calls the thread there */
	/* Of sample.c. The first three go with the magazines, the others are the owner's. */
	uint64_t is_drawn[(MG_CLASSES + 63) / 64]; /* a bit per class: its `due` ends in a sample */
	uint64_t drawn_mean;                       /* the mean that it was drawn with */
	uint64_t random;
	uint64_t left_mean;
	int64_t left; /* bytes to the next sample outside of magazines, drawn with left_mean */
	_Atomic uint32_t collected; /* engine mimalloc: the last collection it took part in */
	_Atomic uint32_t state;
	bool is_caught;         /* at a fork: did not come out of its magazines */
	struct mg_lock hold;    /* whoever empties the magazines of another thread, and who ends */
	struct mg_thread *next; /* of all records; set once */
	struct mg_thread *next_free;
} __attribute__((aligned(64))); /* a magazine never lies across cache lines */

/* A thread that has no record: not yet, or not any more (H26), or there was no memory for one. */
extern __attribute__((visibility("hidden"))) struct mg_thread mg_thread_nobody, mg_thread_gone;

enum mg_thread_fork {
	MG_THREAD_FORK_ALONE,  /* nothing, there is no other thread, or no fork */
	MG_THREAD_FORK_WHOLE,  /* everything */
	MG_THREAD_FORK_NESTED, /* nothing, because this thread may hold it already */
};

struct mg_thread_own {
	struct mg_thread *record;
	uint32_t locked;   /* inside slow paths that hold locks */
	uint32_t fork;     /* what a fork has locked: enum mg_thread_fork */
	uint32_t internal; /* inside memgov's own slow work: no callbacks, no collection */
	uint64_t short_of; /* what the last failed request would have charged; 0 when the ceiling
			      was not the reason */
};
extern __attribute__((visibility("hidden"))) _Thread_local struct mg_thread_own mg_thread_self;

static inline bool
mg_thread_has_record(const struct mg_thread *t)
{
	return t != &mg_thread_nobody && t != &mg_thread_gone;
}

/*
 * Adds to a counter that one thread writes and others read: in one instruction, or what a signal
 * handler adds in between would be lost.
 */
static inline void
mg_thread_bump(uint64_t *counter, uint64_t n)
{
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
	__asm__("addq %1, %0" : "+m"(*counter) : "er"(n) : "cc");
#else
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
#endif
}
#define MG_THREAD_BUMP(counter, n) mg_thread_bump(&(counter), (n))

/* Once. `leave` empties the record of the calling thread, which ends. */
void mg_thread_start(uint64_t key, void (*leave)(struct mg_thread *));

/* Called in the last thread that has a record, when it ends. */
void mg_thread_set_at_last(void (*call)(void));
/*
 * Gives the calling thread a record, which is MG_THREAD_LISTED until its key destructor ran;
 * without memory or a pthread key (a process has 1024) the thread is a gone one from its start.
 * Must not be called under a lock: it allocates. Returns the record.
 */
struct mg_thread *mg_thread_join(void);
/* Makes an emptied record available. The second does not wait for the lock, which ranks above
 * `hold`: false, and nothing done, when it is held. */
void mg_thread_put(struct mg_thread *t);
bool mg_thread_try_put(struct mg_thread *t);

/* All records that ever were: for (t = mg_thread_first(); t != NULL; t = t->next). */
struct mg_thread *mg_thread_first(void);

/* For what no record counts: threads without one, signal handlers, and blocks that are no small
 * ones. Any number of threads at once. */
void mg_thread_count_direct(const struct mg_counters *c);
/* Blocks in a magazine (off by a batch while the owner is in the middle of a refill); allocations
 * and releases through it. */
struct mg_thread_use {
	uint64_t allocs, frees, cached;
};
struct mg_thread_use mg_thread_read(const struct mg_thread *t, unsigned class);

/* Sum over everything. */
void mg_thread_sum(struct mg_counters *out);
/* Bytes in all magazines. */
uint64_t mg_thread_cached_bytes(void);
uint64_t mg_thread_credit(void); /* unspent, of all threads */
uint64_t mg_thread_count(void);

/* Engine mimalloc: calls every thread into its slow path at its next free; threads that have not
 * taken part in `collection` yet. */
void mg_thread_call_all(void);
uint64_t mg_thread_count_behind(uint32_t collection);

/*
 * While a fork is under way its locks are not to be had. Waits for its end; true when that takes
 * too long: a fork handler of another library may be waiting for this very thread.
 */
bool mg_thread_is_kept_out(void);
void mg_thread_before_fork(void);
/* Everything is held, and only the system call is left: however long it takes, it ends. */
void mg_thread_enter_fork(void); /* no record changes hands from here on */
void mg_thread_after_fork_parent(void);
/* All records but the caller's become orphans. */
void mg_thread_after_fork_child(void);

#endif
