// SPDX-License-Identifier: MIT
/* A block that shrinks needs no room: not even where old and new do not fit under the ceiling
 * together. */
#include "check.h"

int
main(void)
{
	char *p = malloc(50u << 20);

	CHECK(p != NULL && memset(p, 7, 50u << 20) == p);
	p = realloc(p, 20u << 20);
	CHECK(p != NULL && p[0] == 7 && p[(20u << 20) - 1] == 7);
	free(p);
	return passed();
}
