// SPDX-License-Identifier: MIT
/* Opened with RTLD_DEEPBIND, with which its malloc and free would be the C library's. */
#include <stdlib.h>
#include <string.h>

void *
deep_malloc(void)
{
	return (void *)malloc;
}

void *
deep_make(size_t n)
{
	void *p = malloc(n);

	return p == NULL ? NULL : memset(p, 3, n);
}

void *
deep_remake(void *p, size_t n)
{
	return realloc(p, n);
}

void
deep_drop(void *p)
{
	free(p);
}
