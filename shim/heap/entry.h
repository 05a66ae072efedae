/* SPDX-License-Identifier: MIT */
/*
 * The way into the slow paths: which thread this is, whether it may take locks and touch magazines,
 * and what it owes the rest of memgov on its way out. Every slow path asks is_nested first, then
 * start, and holds mg_thread_self.locked up while it may hold a lock.
 */
#ifndef MG_ENTRY_H
#define MG_ENTRY_H

#include "shim/heap/thread.h"

/* Largest size that has a class; 0 until the heap is there, and in the engine mimalloc. */
extern __attribute__((visibility("hidden"))) size_t mg_entry_small_bytes;

/* The heap, once; harmless a second time. Until then, and for good when there is no region, blocks
 * come from mimalloc. */
void mg_entry_init(void);
void mg_entry_use_mimalloc(bool use);

/* True in a signal handler that interrupted an allocation, and while a fork holds the locks: in the
 * thread that forks, and in one that it waits for. */
bool mg_entry_is_nested(const struct mg_thread *t);

/* The calling thread's record, which it may get by this. */
struct mg_thread *mg_entry_start(struct mg_thread *t);

/* The owner found itself paused. True: past the magazines; false: try again. */
bool mg_entry_is_paused(struct mg_thread *t);

/* What a thread owes the rest of memgov. Never nested, never under a lock. Keeps errno. */
void mg_entry_work(bool in_free);
void mg_entry_set_work(void (*work)(bool in_free));

/* Engine mimalloc: every thread collects its heap at its next slow path; the caller does it now.
 * Returns the number of the collection. */
uint32_t mg_entry_collect(void);

/* Finds out that this is a copy of the process that was made past the fork handlers (clone, _Fork),
 * and puts it in order. Two loads when it is not. Not in the middle of a sweep. */
void mg_entry_end_copy(void);

/* In a fork child: the other threads are not here. Unless all were paused for the fork, it takes
 * what there is. */
void mg_entry_forget_others(bool none_paused);

#endif
