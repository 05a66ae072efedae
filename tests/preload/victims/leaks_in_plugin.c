/* SPDX-License-Identifier: MIT */
/* A library that is opened while the program runs (argument 1) leaks 700 bytes per call. Argument
 * 2: calls per second. */
#include "work.h"

#include <dlfcn.h>

static void (*answer)(const char *);

static void
step(uint64_t nth)
{
	(void)nth;
	answer("a question");
}

int
main(int argc, char **argv)
{
	void *plugin = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;

	CHECK(plugin != NULL);
	answer = (void (*)(const char *))dlsym(plugin, "plugin_answer");
	CHECK(answer != NULL);
	return work(work_argument(argc, argv, 2, 1200), step);
}
