/* SPDX-License-Identifier: MIT */
/*
 * The governor thread: ticks, serves the socket, writes the log. Started lazily, never inside
 * malloc's first call and never under a lock; blocks all signals; ends around unshare and setns,
 * which a second thread would make fail; starts again lazily in a fork child. Where it cannot be,
 * the program runs on without.
 */
#ifndef MG_GOVERN_H
#define MG_GOVERN_H

#include <stdbool.h>

/* At start, once: from now on it may come. */
void mg_govern_start(void);
/* At start, when there are options: MEMGOV_START=now and MEMGOV_THREAD=0. */
void mg_govern_obey(void);

/* What program threads do for the governor in their slow paths: start it when it is time, write log
 * lines, tick where there shall be no thread. Not nested, no lock held. */
void mg_govern_pass_by(bool in_free);

/* An option has changed: the governor looks at once. Any thread. */
void mg_govern_wake(void);

/* Ends the thread and waits until the kernel has forgotten it. True when it should be resumed. */
bool mg_govern_stop(void);
/* Starts it again after mg_govern_stop(). */
void mg_govern_resume(void);

/* Ends the thread and sampling for good, here and in fork children: the program is about to filter
 * its system calls. Nothing in a vfork child, where this is known: from the second thread on. */
void mg_govern_seal(void);

/* At exit: removes the socket, writes the report and the last log lines. */
void mg_govern_exit(void);

void mg_govern_after_fork_child(void);

#endif
