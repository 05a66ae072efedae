// SPDX-License-Identifier: MIT
/* Every block is aligned for any type, as glibc aligns it, whatever its size and however it was
 * made. */
#include "check.h"

int
main(void)
{
	for (size_t size = 1; size < 300000; size += size < 4200 ? 1 : 997) {
		void *a = malloc(size), *b = calloc(1, size), *c = realloc(NULL, size);

		CHECK(a != NULL && (uintptr_t)a % 16 == 0);
		CHECK(b != NULL && (uintptr_t)b % 16 == 0);
		CHECK(c != NULL && (uintptr_t)c % 16 == 0);
		c = realloc(c, size * 2 + 1);
		CHECK(c != NULL && (uintptr_t)c % 16 == 0);
		free(a);
		free(b);
		free(c);
	}
	return passed();
}
