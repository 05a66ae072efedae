// SPDX-License-Identifier: MIT
/* realloc through every size class, up and down: the common part of old and new survives. */
#include "check.h"

static unsigned char
byte(size_t i)
{
	return (unsigned char)(i * 31 + i / 251);
}

int
main(void)
{
	unsigned seed = 1;
	size_t old = 0;
	unsigned char *p = NULL;

	for (int round = 0; round < 3000; round++) {
		size_t size, common;

		seed = seed * 1103515245u + 12345u;
		size = 1 + (seed >> 8) % (round % 50 == 0     ? 9u << 20
					     : round % 5 == 0 ? 100000
							      : 3000);
		p = realloc(p, size);
		CHECK(p != NULL);
		common = old < size ? old : size;
		for (size_t i = 0; i < common; i++)
			if (p[i] != byte(i))
				check_failed(__FILE__, __LINE__, "content kept", (int)i);
		for (size_t i = common; i < size; i++)
			p[i] = byte(i);
		old = size;
	}
	free(p);
	return passed();
}
