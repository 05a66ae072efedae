// SPDX-License-Identifier: MIT
/* Opens the library of argument 1 when it runs already, says whether that went well, and goes on
 * using its heap; calls tls_room of it, where there is one. */
#include "tests/preload/victims/check.h"

#include <dlfcn.h>

int
main(int argc, char **argv)
{
	void *lib = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL) : NULL;
	char *(*room)(void) = lib ? (char *(*)(void))dlsym(lib, "tls_room") : NULL;
	char *p = malloc(5000);

	CHECK(p != NULL);
	check_write(lib != NULL ? "opened\n" : "refused\n");
	if (room != NULL)
		memset(room(), 1, 1100);
	for (size_t n = 10; n < 1u << 24; n *= 3)
		CHECK((p = realloc(p, n)) != NULL && memset(p, 1, n));
	free(p);
	return passed();
}
