/* SPDX-License-Identifier: MIT */
/*
 * Tails: resident pages of a slice that lie behind the blocks it is used for now, left over from
 * what it was used for before. They cost as much as others and serve nobody, but the next user of
 * the slice may want them. So they are punched only when the heap is about to be larger than ever
 * and they are a good part of it: then as many as it grows by. A program that goes on at its size
 * pays nothing. Any thread; nobody waits for a lock while pages are punched.
 */
#ifndef MG_TAIL_H
#define MG_TAIL_H

#include <stdbool.h>
#include <stdint.h>

/* These pages (bits) lie behind the blocks of a slice from now on, or do no longer. */
void mg_tail_add(uint16_t behind);
void mg_tail_drop(uint16_t behind);

/* Bytes of all tails. */
uint64_t mg_tail_bytes(void);

/* True when the heap is larger than ever and tails are a good part of it. */
bool mg_tail_is_due(void);
/* Punches tails of the next slices until that is no longer true; of a hundred slices at most.
 * Nothing while another thread does it. */
void mg_tail_trim(void);

/* In a fork child: whoever did it is not here. */
void mg_tail_after_fork_child(void);

#endif
