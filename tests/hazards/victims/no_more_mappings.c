// SPDX-License-Identifier: MIT
/* From some moment on the kernel gives nothing: malloc says so, what was there stays, and what is
 * released can be had again. */
#include "tests/preload/victims/check.h"

#include <dlfcn.h>

#define MOST 4000000

static void *blocks[MOST];

static size_t
fill(size_t size)
{
	size_t n = 0;

	while (n < MOST && (blocks[n] = malloc(size)) != NULL)
		memset(blocks[n++], 'x', size);
	CHECK(n < MOST && errno == ENOMEM);
	return n;
}

static void
drop(size_t n)
{
	while (n-- > 0)
		free(blocks[n]);
}

int
main(void)
{
	void *found = dlsym(RTLD_DEFAULT, "refuse_now"), *kept = malloc(1 << 20);
	void (*refuse)(void);

	CHECK(found != NULL && kept != NULL);
	memcpy(&refuse, &found, sizeof refuse);
	memset(kept, 'y', 1 << 20);
	refuse();
	for (int i = 0; i < 20; i++) {
		size_t size = 50 + (size_t)i * i * 97, n = fill(size);

		CHECK(realloc(kept, (size_t)64 << 20) == NULL && errno == ENOMEM);
		drop(n);
	}
	CHECK(memchr(kept, 'x', 1 << 20) == NULL);
	free(kept);
	return passed();
}
