// SPDX-License-Identifier: MIT
/* A program that uses memgov.h runs without memgov too: every function is NULL then. */
#include "check.h"

#include "shim/memgov.h"

int
main(void)
{
	CHECK(!memgov_stats && !memgov_compact && !memgov_released && !memgov_set &&
	      !memgov_on_pressure);
	return passed();
}
