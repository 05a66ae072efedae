// SPDX-License-Identifier: MIT
/* The usable size may really be used, and neighbours do not notice. */
#include "check.h"

#include <malloc.h>

#define N 1000

int
main(void)
{
	static unsigned char *p[N];

	for (size_t i = 0; i < N; i++) {
		p[i] = malloc(i * i / 7);
		CHECK(p[i] != NULL && malloc_usable_size(p[i]) >= i * i / 7);
		memset(p[i], (int)i, malloc_usable_size(p[i]));
	}
	for (size_t i = 0; i < N; i++) {
		for (size_t k = 0; k < malloc_usable_size(p[i]); k++)
			if (p[i][k] != (unsigned char)i)
				check_failed(__FILE__, __LINE__, "own bytes only", (int)i);
		free(p[i]);
	}
	return passed();
}
