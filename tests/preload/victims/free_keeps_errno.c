// SPDX-License-Identifier: MIT
/* free leaves errno alone, and so does every request that succeeds, whatever the size. */
#include "check.h"

#include <malloc.h>

int
main(void)
{
	for (size_t size = 1; size < 80u << 20; size = size * 2 + 1) {
		void *p, *q = NULL;

		errno = 4711;
		p = malloc(size);
		p = realloc(p, size * 2);
		free(p);
		free(calloc(size, 1));
		CHECK(posix_memalign(&q, 128, size) == 0);
		free(q);
		CHECK(errno == 4711);
	}
	malloc_trim(0);
	CHECK(errno == 4711);
	return passed();
}
