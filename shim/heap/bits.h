/* SPDX-License-Identifier: MIT */
/*
 * Memory for bit sets of slices with many blocks: 64 to 512 bytes each, apart from everything else,
 * charged to the ceiling by the page. Its lock ranks below all others. Any thread.
 */
#ifndef MG_BITS_H
#define MG_BITS_H

#include <stdint.h>

/* `words` is at most 64; NULL when there is no memory, or none below the ceiling. Not cleared. */
uint64_t *mg_bits_get(unsigned words);
void mg_bits_put(uint64_t *bits, unsigned words);

void mg_bits_before_fork(void);
void mg_bits_after_fork_parent(void);
void mg_bits_after_fork_child(void);

#endif
