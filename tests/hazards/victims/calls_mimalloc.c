// SPDX-License-Identifier: MIT
/* Linked with mimalloc, whose blocks it asks for by name, and gives to free and realloc; mimalloc's
 * are all of them, without memgov. */
#include "tests/preload/victims/check.h"

#include <malloc.h>
#include <mimalloc.h>

#define MOST ((size_t)200 << 20)

static void
use(size_t n)
{
	unsigned char *p = mi_malloc(n), *q;

	CHECK(p != NULL && malloc_usable_size(p) >= n);
	memset(p, 'x', n);
	CHECK((q = malloc(n)) != NULL);
	free(q);
	CHECK((p = realloc(p, 2 * n)) != NULL);
	for (size_t i = 0; i < n; i++)
		CHECK(p[i] == 'x');
	free(p);
	free(mi_calloc(n, 1));
	free(mi_malloc_aligned(n, 256));
	mi_free(mi_malloc(n));
}

int
main(void)
{
	for (int round = 0; round < 50; round++)
		for (size_t n = 1; n < 1000000; n = n * 3 + 1)
			use(n);
	for (size_t n = 1000000; n < MOST; n *= 3)
		use(n);
	return passed();
}
