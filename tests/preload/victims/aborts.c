// SPDX-License-Identifier: MIT
/* Dies of its own abort(), with its heap in use. */
#include "check.h"

int
main(void)
{
	CHECK(malloc(1u << 20) != NULL);
	ready();
	abort();
}
