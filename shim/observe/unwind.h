/* SPDX-License-Identifier: MIT */
/*
 * Stacks of the calling thread, by the tables that compilers write for exceptions (cfi.h). Takes no
 * lock, allocates nothing, opens nothing, keeps nothing of a thread; the only system call asks,
 * once for each page of the stack, whether it is there before it is read, so that a wrong table
 * costs a stack and not the program. Frames without tables, of code that was compiled just now, are
 * followed by the chain of RBP. Any thread, also in signal handlers and under locks; errno is kept.
 * x86-64: elsewhere there are no stacks.
 */
#ifndef MG_UNWIND_H
#define MG_UNWIND_H

#include <stdint.h>

#define MG_UNWIND_DEPTH 32u

/*
 * Return addresses, innermost first, from the first frame outside of memgov on; at most `most`.
 * Returns how many, 0 when there is no stack to be had.
 */
unsigned mg_unwind_take(uintptr_t *out, unsigned most);

#endif
