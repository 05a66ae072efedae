// SPDX-License-Identifier: MIT
/* Does nothing until its stdin is closed: for looking at from outside. With an argument: holds so
 * many MB first. */
#include "check.h"

int
main(int argc, char **argv)
{
	for (int i = argc > 1 ? atoi(argv[1]) : 0; i > 0; i--)
		CHECK(memset(malloc(1u << 20), 1, 1u << 20) != NULL);
	ready();
	return passed();
}
