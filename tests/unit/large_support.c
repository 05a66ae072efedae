/* SPDX-License-Identifier: MIT */
#include "tests/unit/large_support.h"

#include "shim/heap/charge.h"

#include <sys/mman.h>

uint64_t large_short_of;

struct mg_large_block
large_alloc(size_t n)
{
	return mg_large_alloc(n, 16, false, true, &large_short_of);
}

void
large_expect_sums(uint64_t live_bytes, uint64_t kept_bytes)
{
	struct mg_large_sum s = mg_large_read();

	cr_expect(eq(u64, s.live_bytes, live_bytes));
	cr_expect(eq(u64, s.kept_bytes, kept_bytes));
	cr_expect(eq(u64, mg_charge_now(), live_bytes + kept_bytes + s.own_bytes));
	cr_expect(eq(int, s.kept_blocks != 0, kept_bytes != 0));
}

bool
large_is_mapped(const void *p)
{
	unsigned char seen;

	return mincore((void *)(uintptr_t)p, PAGE, &seen) == 0;
}
