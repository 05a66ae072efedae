/* SPDX-License-Identifier: MIT */
/* What the tests of large blocks share. */
#ifndef LARGE_SUPPORT_H
#define LARGE_SUPPORT_H

#include "shim/heap/large.h"
#include "tests/unit/heap_support.h"

#define NEVER UINT64_MAX /* a decay that no test outlives */

/* What the last request was short of. */
extern uint64_t large_short_of;

struct mg_large_block large_alloc(size_t n);

/* What is charged is live, kept or the table, and nothing else. */
void large_expect_sums(uint64_t live_bytes, uint64_t kept_bytes);

bool large_is_mapped(const void *p);

#endif
