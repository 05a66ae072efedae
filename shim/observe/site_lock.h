/* SPDX-License-Identifier: MIT */
/*
 * The lock of everything that sites.h keeps. It is taken inside of malloc, also in signal handlers
 * and in processes that fork at any moment: nobody waits for it for ever, and a fork child knows
 * whether what it guards is whole. Any thread.
 */
#ifndef MG_SITE_LOCK_H
#define MG_SITE_LOCK_H

#include <stdbool.h>

/* False when it is not to be had: whoever held it does not exist in this copy of the process, or
 * this thread forks. With it the heap knows a signal handler for nested. */
bool mg_site_lock_enter(void);
void mg_site_lock_leave(void);

/* Around a fork. */
void mg_site_lock_before_fork(void);
void mg_site_lock_after_fork_parent(void);
/* False: the lock is free, and what it guards may have been left half written by a thread that does
 * not exist here. */
bool mg_site_lock_after_fork_child(void);

#endif
