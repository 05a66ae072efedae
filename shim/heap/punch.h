/* SPDX-License-Identifier: MIT */
/*
 * Giving free pages back to the kernel, whoever freed them. Pages are looked up under the class's
 * lock, punched without it while no block of their slice can be taken, and uncharged under it.
 * Pages that touch go in one call, across blocks and slices. Any thread.
 */
#ifndef MG_PUNCH_H
#define MG_PUNCH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Punches the free pages of up to `slices` slices from *cursor on (0 at first), and moves the
 * cursor; 0 again when it came to the end. Returns the bytes that were given back.
 * Pages that the program has locked stay.
 */
uint64_t mg_punch_slices(uint32_t *cursor, uint32_t slices);
/* Only those behind the blocks of one slice of a class, when they are `least` (1) or more. */
uint64_t mg_punch_behind(uint32_t slice, unsigned least);
/* The same for slices of the pool. *left: there may be more. */
uint64_t mg_punch_pool(bool *left);

/* In a fork child: puts back a slice that was being punched. */
void mg_punch_mend(uint32_t slice);

#endif
