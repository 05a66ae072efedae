/* SPDX-License-Identifier: MIT */
/* Argument 1: how often 64 MB are taken and released; each time after 20 times 1 MB. */
#include "check.h"

static __attribute__((noinline)) void
load_list(void)
{
	void *p = malloc(64u << 20);

	CHECK(p != NULL);
	free(p);
}

int
main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 1;

	for (int i = 0; i < n; i++) {
		for (int k = 0; k < 20; k++)
			free(memset(malloc(1u << 20), 1, 1000));
		load_list();
	}
	ready();
	return passed();
}
