// SPDX-License-Identifier: MIT
/* Thread-local storage larger than the governor's stack: it lies on every thread's stack. */
#include "check.h"

static _Thread_local char large[1 << 20];

int
main(void)
{
	large[5] = 1;
	CHECK(stat_of("allocs") > 0 || large[5] == 1);
	ready();
	return passed();
}
