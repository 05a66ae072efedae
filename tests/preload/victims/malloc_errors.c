// SPDX-License-Identifier: MIT
/* Requests that cannot be met: NULL and ENOMEM from every form, and what was there stays as it was.
 */
#include "check.h"

#include <malloc.h>

#define FAILS(call) (errno = 0, (call) == NULL && errno == ENOMEM)

int
main(void)
{
	volatile size_t huge = (size_t)PTRDIFF_MAX + 1, half = SIZE_MAX / 2 + 1, max = SIZE_MAX;
	char *p = malloc(100);
	void *kept = p;

	memset(p, 7, 100);
	CHECK(FAILS(malloc(huge)));
	CHECK(FAILS(malloc(max)));
	CHECK(FAILS(calloc(huge, 1)));
	CHECK(FAILS(calloc(half, 2)));
	CHECK(FAILS(calloc(2, half)));
	CHECK(FAILS(realloc(NULL, huge)));
	CHECK(FAILS(realloc(p, huge)));
	CHECK(FAILS(reallocarray(p, half, 2)));
	CHECK(FAILS(reallocarray(p, 2, half)));
	CHECK(FAILS(aligned_alloc(64, huge)));
	CHECK(FAILS(memalign(64, huge)));
	CHECK(FAILS(memalign(64, max - 32)));
	CHECK(FAILS(valloc(max)));
	CHECK(FAILS(pvalloc(max - 100)));
	errno = 0;
	CHECK(posix_memalign(&kept, 64, huge) == ENOMEM && kept == p);
	for (int i = 0; i < 100; i++)
		CHECK(p[i] == 7);
	free(p);
	return passed();
}
