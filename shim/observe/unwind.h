/* SPDX-License-Identifier: MIT */
/*
 * Stacks of the calling thread, through libunwind, which is opened when it is first wanted, away
 * from malloc. Never from a signal handler that interrupted an unwinding, one thread at a time,
 * and never with a lock of the loader's: while a stack is taken, libunwind finds its tables through
 * _dl_find_object(), which takes none (H31).
 */
#ifndef MG_UNWIND_H
#define MG_UNWIND_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MG_UNWIND_DEPTH 32u

/* Opens libunwind and tries it out. For the governor's thread, or a constructor; harmless a second
 * time. False, and one line said, when there will be no stacks. */
bool mg_unwind_load(void);
/* For good: the process enters a sandbox. */
void mg_unwind_seal(void);

/*
 * Return addresses, innermost first, from the first frame outside of memgov on; at most `most`
 * (MG_UNWIND_DEPTH). Returns how many, 0 when there is no stack to be had (not loaded, inside
 * another unwinding of this thread). Not under a lock of memgov's. Keeps errno.
 */
unsigned mg_unwind_take(uintptr_t *out, unsigned most);

/* The calling thread is inside mg_unwind_take(); then dl_iterate_phdr() is to be answered by this.
 */
bool mg_unwind_is_inside(void);
int mg_unwind_iterate(int (*found)(struct dl_phdr_info *, size_t, void *), void *data);

/* No thread but the caller is inside libunwind at a fork. */
void mg_unwind_before_fork(void);
void mg_unwind_after_fork_parent(void);
void mg_unwind_after_fork_child(void);

#endif
