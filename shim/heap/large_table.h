/* SPDX-License-Identifier: MIT */
/*
 * Address of a live large block -> its bytes. Open addressing; a removal closes the gap, so a
 * search for a wild address ends at the first empty row. A row is claimed before the block is
 * mapped or moved, so nothing can fail afterwards. A block that is being mapped, moved or unmapped
 * is not in the table: the kernel may give its address to another thread at any moment. Any thread;
 * the lock guards the table only, and no system call is made under it. The table is charged.
 */
#ifndef MG_LARGE_TABLE_H
#define MG_LARGE_TABLE_H

#include "shim/heap/large_kept.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False: the table cannot grow, or (`wait` false) the lock was not to be had; then *short_of
 * stays. */
bool mg_large_table_claim(bool wait, uint64_t *short_of);

/*
 * Fills a claimed row, or, when block.at is 0, gives the claim up. live_before: what still counts
 * as live of a block that was taken out with mg_large_table_begin_resize().
 */
void mg_large_table_settle(struct mg_large_piece block, size_t live_before);

/* Bytes; 0 when there is no such block. */
size_t mg_large_table_find(uintptr_t at);
/* True when it lies in any block; looks at all. */
bool mg_large_table_covers(uintptr_t at);
/* The first block that ends behind `at`; its bytes are 0 when there is none. Looks at all. */
struct mg_large_piece mg_large_table_next(uintptr_t at);
/* False when somebody holds the lock for long. */
bool mg_large_table_find_soon(uintptr_t at, size_t *bytes_out);

/* Removes and returns the block; its bytes are 0 when there is none. */
struct mg_large_piece mg_large_table_take(uintptr_t at);

/*
 * Returns the block. If `bytes` are more than it has, it is taken out, but its row stays claimed
 * and it counts as live; otherwise it has `bytes` from now on.
 */
struct mg_large_piece mg_large_table_begin_resize(uintptr_t at, size_t bytes);

struct mg_large_table_sum {
	uint64_t live_bytes, own_bytes;
};
struct mg_large_table_sum mg_large_table_read(void);

void mg_large_table_before_fork(void);
void mg_large_table_after_fork_parent(void);
void mg_large_table_after_fork_child(void);

#endif
