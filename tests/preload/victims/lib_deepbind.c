// SPDX-License-Identifier: MIT
/* Loaded with RTLD_DEEPBIND, so that its malloc is the C library's although memgov is preloaded. */
#include <stdlib.h>
#include <string.h>

void *
deep_make(size_t n)
{
	void *p = malloc(n);

	return p == NULL ? NULL : memset(p, 3, n);
}
