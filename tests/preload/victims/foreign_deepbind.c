// SPDX-License-Identifier: MIT
/* A library opened with RTLD_DEEPBIND makes blocks in glibc's heap; the program sizes, resizes and
 * frees them. */
#include "check.h"

#include <dlfcn.h>
#include <malloc.h>

#define SIZES 20

int
main(int argc, char **argv)
{
	void *lib = dlopen(argv[argc - 1], RTLD_NOW | RTLD_DEEPBIND);
	void *(*make)(size_t) = lib ? (void *(*)(size_t))dlsym(lib, "deep_make") : NULL;
	size_t size = 10;

	CHECK(make != NULL);
	for (int i = 0; i < SIZES; i++, size = size * 2 + 1) {
		char *p = make(size), *q = make(size);

		errno = 4711;
		CHECK(malloc_usable_size(p) >= size);
		free(p);
		CHECK(errno == 4711);
		q = realloc(q, size * 2);
		CHECK(q != NULL && q[0] == 3 && q[size - 1] == 3);
		free(q);
	}
	ready();
	return passed();
}
