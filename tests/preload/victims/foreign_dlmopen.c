// SPDX-License-Identifier: MIT
/* A second C library in a namespace of its own makes a block, the program frees it: counted, and
 * nothing happens. */
#include "check.h"

#include <dlfcn.h>

int
main(void)
{
	void *lib = dlmopen(LM_ID_NEWLM, "libc.so.6", RTLD_NOW);
	void *(*other_malloc)(size_t) = lib ? (void *(*)(size_t))dlsym(lib, "malloc") : NULL;
	char *p;

	CHECK(other_malloc != NULL && other_malloc != malloc);
	CHECK((p = other_malloc(200)) != NULL);
	memset(p, 1, 200);
	free(p);
	CHECK((p = other_malloc(1u << 20)) != NULL);
	memset(p, 1, 1u << 20);
	free(p);
	ready();
	return passed();
}
