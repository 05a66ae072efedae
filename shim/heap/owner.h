/* SPDX-License-Identifier: MIT */
/*
 * Whose a block is, and what it holds, from its address alone. Any thread, also in signal handlers.
 */
#ifndef MG_OWNER_H
#define MG_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A usable size, in a signal handler whose thread may hold the lock of large blocks. */
#define MG_OWNER_UNKNOWN SIZE_MAX

/* 0 for blocks that are not ours. */
size_t mg_owner_usable(const void *p);
/* Of a large block; 0 when no live one starts there. */
size_t mg_owner_large_usable(const void *p);
bool mg_owner_is_ours(const void *p);

#endif
