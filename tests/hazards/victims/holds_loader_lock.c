// SPDX-License-Identifier: MIT
/* One thread stays in the loader's lock until another has allocated 64 MB, of which samples are
 * taken; both end. */
#include "tests/preload/victims/check.h"

#include <link.h>
#include <pthread.h>
#include <stdatomic.h>

static atomic_int stage;

static void *
allocate(void *arg)
{
	while (stage != 1)
		usleep(100);
	for (size_t i = 0; i < 4096; i++)
		free(memset(malloc(16384 + i), 1, 16384));
	stage = 2;
	return arg;
}

static int
stay(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)info, (void)size, (void)arg;
	stage = 1;
	while (stage != 2)
		usleep(100);
	return 1;
}

int
main(void)
{
	pthread_t t;

	CHECK(pthread_create(&t, NULL, allocate, NULL) == 0);
	CHECK(dl_iterate_phdr(stay, NULL) == 1);
	pthread_join(t, NULL);
	return passed();
}
