// SPDX-License-Identifier: MIT
/* Requests for nothing: unique blocks that can be freed; realloc(p, 0) frees and answers NULL, as
 * glibc does. */
#include "check.h"

#include <malloc.h>

int
main(void)
{
	void *p[8], *q = NULL;

	p[0] = malloc(0);
	p[1] = malloc(0);
	p[2] = calloc(0, 8);
	p[3] = calloc(8, 0);
	p[4] = realloc(NULL, 0);
	p[5] = aligned_alloc(64, 0);
	p[6] = reallocarray(NULL, 0, 8);
	CHECK(posix_memalign(&p[7], 64, 0) == 0);
	for (int i = 0; i < 8; i++) {
		CHECK(p[i] != NULL);
		for (int k = 0; k < i; k++)
			CHECK(p[i] != p[k]);
	}
	CHECK((uintptr_t)p[5] % 64 == 0 && (uintptr_t)p[7] % 64 == 0);
	for (int i = 0; i < 8; i++)
		free(p[i]);
	errno = 0;
	q = malloc(10);
	CHECK(realloc(q, 0) == NULL && errno == 0);
	free(NULL);
	CHECK(malloc_usable_size(NULL) == 0);
	return passed();
}
