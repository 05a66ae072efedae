// SPDX-License-Identifier: MIT
/* dlsym and dlerror, which allocate, from a constructor, from main, and from threads at once. */
#include "tests/preload/victims/check.h"

#include <dlfcn.h>
#include <pthread.h>

#define TURNS 2000

static void *
ask_for_symbols(void *arg)
{
	for (int i = 0; i < TURNS; i++) {
		CHECK(dlsym(RTLD_NEXT, "malloc") != NULL);
		CHECK(dlsym(RTLD_DEFAULT, "there is none") == NULL && dlerror() != NULL);
		free(malloc((size_t)i));
	}
	return arg;
}

__attribute__((constructor(101))) static void
early(void)
{
	ask_for_symbols(NULL);
}

int
main(void)
{
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&t[i], NULL, ask_for_symbols, NULL) == 0);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	return passed();
}
