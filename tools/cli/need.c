/* SPDX-License-Identifier: MIT */
#include "tools/cli/need.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/cli/usage.h"

void
mg_need_failed(void)
{
	fputs("memgov: not enough memory\n", stderr);
	exit(MG_USAGE_FAILED);
}

static void *
checked(void *p)
{
	if (p == NULL)
		mg_need_failed();
	return p;
}

void *
mg_need_zeroed(size_t n, size_t size)
{
	return checked(calloc(n, size));
}

/* The room is a power of two, so that n tells when it is used up. */
void *
mg_need_more(void *list, size_t n, size_t size)
{
	if (n > 0 && (n & (n - 1)) != 0)
		return list;
	return checked(reallocarray(list, n > 0 ? 2 * n : 1, size));
}
