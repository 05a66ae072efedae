/* SPDX-License-Identifier: MIT */
#include "tools/common/backoff.h"

#include "shim/base/sys.h"

#define FIRST_NS (100 * MG_NS_PER_MS)
#define LONGEST_NS (30 * MG_NS_PER_S)
#define WELL_NS (60 * MG_NS_PER_S)

uint64_t
mg_backoff_next_ns(uint64_t before_ns, uint64_t ran_ns)
{
	if (before_ns == 0 || ran_ns >= WELL_NS)
		return FIRST_NS;
	return before_ns < LONGEST_NS / 2 ? before_ns * 2 : LONGEST_NS;
}
