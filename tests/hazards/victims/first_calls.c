// SPDX-License-Identifier: MIT
/* The program's first call of the malloc family, named by argument 1, comes before any constructor.
 */
#include "tests/preload/victims/check.h"

#include <malloc.h>

static char *early;

static void
first(int argc, char **argv, char **env)
{
	const char *name = argc == 2 ? argv[1] : "";
	void *p = NULL;

	(void)env;
	if (strcmp(name, "free") == 0)
		free(NULL);
	else if (strcmp(name, "usable") == 0)
		CHECK(malloc_usable_size(NULL) == 0);
	else if (strcmp(name, "realloc") == 0)
		free(realloc(NULL, 100));
	else if (strcmp(name, "calloc") == 0)
		free(calloc(3, 100000));
	else if (strcmp(name, "memalign") == 0)
		CHECK(posix_memalign(&p, 4096, 10) == 0);
	else if (strcmp(name, "trim") == 0)
		malloc_trim(0);
	else if (strcmp(name, "info") == 0)
		CHECK(mallinfo2().uordblks < 1u << 20);
	else
		CHECK(strcmp(name, "malloc") == 0);
	free(p);
	early = memset(malloc(3000), 7, 3000);
}

__attribute__((section(".preinit_array"), used)) static void (*const entry)(
    int, char **, char **) = first;

int
main(void)
{
	CHECK(early != NULL && early[0] == 7 && early[2999] == 7);
	CHECK((early = realloc(early, 1u << 20)) != NULL && early[2999] == 7);
	free(early);
	return passed();
}
