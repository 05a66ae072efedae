// SPDX-License-Identifier: MIT
/* A library beside the program, which the RUNPATH of the program says, opened with RTLD_DEEPBIND:
 * each makes blocks that the other sizes, resizes and frees. With "keep" each has a malloc of its
 * own.
 */
#include "check.h"

#include <dlfcn.h>
#include <malloc.h>

#define SIZES 20

static void
exchange(void *(*make)(size_t), void *(*remake)(void *, size_t), void (*drop)(void *), size_t size)
{
	char *p = make(size), *q = make(size), *mine = malloc(size);

	CHECK(malloc_usable_size(p) >= size);
	drop(p);
	q = realloc(q, size * 2);
	CHECK(q != NULL && q[0] == 3 && q[size - 1] == 3);
	free(q);
	mine = remake(mine, size * 2);
	CHECK(mine != NULL);
	drop(mine);
}

static int
keep(void *lib)
{
	void *(*theirs)(void) = (void *(*)(void))dlsym(lib, "deep_malloc");

	CHECK(theirs != NULL && theirs() != NULL && theirs() != dlsym(RTLD_DEFAULT, "malloc"));
	return passed();
}

int
main(int argc, char **argv)
{
	void *lib = dlopen("lib_deepbind.so", RTLD_NOW | RTLD_DEEPBIND);
	void *make = lib ? dlsym(lib, "deep_make") : NULL;
	void *remake = lib ? dlsym(lib, "deep_remake") : NULL;
	void *drop = lib ? dlsym(lib, "deep_drop") : NULL;
	size_t size = 10;

	CHECK(make != NULL && remake != NULL && drop != NULL);
	if (argc > 1 && strcmp(argv[1], "keep") == 0)
		return keep(lib);
	for (int i = 0; i < SIZES && make != NULL; i++, size = size * 2 + 1)
		exchange((void *(*)(size_t))make, (void *(*)(void *, size_t))remake,
		    (void (*)(void *))drop, size);
	ready();
	return passed();
}
