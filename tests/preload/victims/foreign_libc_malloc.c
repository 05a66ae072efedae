// SPDX-License-Identifier: MIT
/* Blocks from __libc_malloc and its like, freed by free: whichever of the two allocators has that
 * name. */
#include "check.h"

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

int
main(void)
{
	for (size_t size = 1; size < 10u << 20; size = size * 2 + 1) {
		void *p = __libc_malloc(size), *q = __libc_calloc(size, 1),
		     *r = __libc_memalign(128, size);

		CHECK(p && q && r);
		memset(p, 1, size);
		memset(r, 1, size);
		free(p);
		free(realloc(q, size * 2));
		free(r);
		__libc_free(__libc_realloc(__libc_malloc(size), size + 100));
	}
	return passed();
}
