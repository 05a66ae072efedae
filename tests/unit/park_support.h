/* SPDX-License-Identifier: MIT */
/* What the tests of the central store and of punching share. Blocks are as mg_park_take() says
 * them, with MG_PARK_ZERO in their address. */
#ifndef PARK_SUPPORT_H
#define PARK_SUPPORT_H

#include "shim/heap/class.h"
#include "shim/heap/park.h"
#include "tests/unit/heap_support.h"

/* The most blocks that a slice has. */
#define MOST 4096

/* What the last request said. */
extern enum mg_slice_failure park_why;

/* All at once, in blocks of a batch. */
void park_take_all(unsigned class, uintptr_t *blocks, unsigned want);

void *park_address(uintptr_t block);

/* Parks one; 1 when it was none. */
unsigned park_put(unsigned class, uintptr_t block);

/* Every slice: its bits are its count, and its state what they say. */
void park_check_slices(void);

#endif
