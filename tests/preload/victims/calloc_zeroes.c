// SPDX-License-Identifier: MIT
/* calloc's memory is zero, above all where it was used before: every size, dirtied to its usable
 * end and freed first. */
#include "check.h"

#include <malloc.h>

static void
check_size(size_t size)
{
	for (int round = 0; round < 4; round++) {
		unsigned char *p[4];

		for (int i = 0; i < 4; i++) {
			p[i] = calloc(i % 2 ? 1 : size, i % 2 ? size : 1);
			CHECK(p[i] != NULL);
			for (size_t k = 0; k < size; k++)
				if (p[i][k] != 0)
					check_failed(__FILE__, __LINE__, "zero", (int)size);
			memset(p[i], 0xa5, malloc_usable_size(p[i]));
		}
		for (int i = 0; i < 4; i++)
			free(p[i]);
	}
}

int
main(void)
{
	for (size_t size = 1; size < 2000; size += 7)
		check_size(size);
	for (size_t size = 2000; size < 40u << 20; size = size * 3 / 2 + 1)
		check_size(size);
	return passed();
}
