/* SPDX-License-Identifier: MIT */
/*
 * The governor's own file descriptors, which the program must never see: a private descriptor table
 * where the kernel grants one, so that the program closing "everything from 3 up" cannot break us,
 * nothing leaks into its children, and its pipes and locks are not held open by us. Where it is
 * refused (old container profiles) descriptors are high and close-on-exec, and are checked before
 * use. Called by the governor thread, except borrow_stderr (any thread).
 */
#ifndef MG_DESCRIPTORS_H
#define MG_DESCRIPTORS_H

#include <stdbool.h>

/* The governor's first act. True when the table is private. Descriptors 0, 1, 2 are /dev/null then.
 */
bool mg_descriptors_unshare(void);

/* Where the table is shared: moves fd out of the program's way. Returns the descriptor to use from
 * now on. */
int mg_descriptors_keep(int fd);

/* True when the table is private, or fd still is the thing it was when kept (device and inode). */
bool mg_descriptors_is_ours(int fd);

/* True in the governor's thread. */
bool mg_descriptors_is_governor(void);

/*
 * The program's stderr: 2 in its own threads; in the governor a copy, borrowed for one write and
 * given back with mg_descriptors_return(). -1 when the kernel does not lend it, or when it would
 * block.
 */
int mg_descriptors_borrow_stderr(void);
void mg_descriptors_return(int fd);

void mg_descriptors_after_fork_child(void);

#endif
