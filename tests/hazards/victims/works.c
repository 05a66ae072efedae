// SPDX-License-Identifier: MIT
/*
 * Works with blocks of all sizes in threads (argument 1: how many), has the rest of REFUSE_LATER
 * come into force where lib_refuses.so is, works again, gives back what it can, and says what
 * became of its blocks. Then it waits for the end of its input, and works once more.
 */
#include "tests/preload/victims/check.h"

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>

#define HELD 300
#define ROUNDS 6000

static size_t
any_size(uint64_t *seed)
{
	uint64_t r = next_random(seed);

	return 1 + next_random(seed) % (r % 200 == 0 ? 3000000 : r % 10 == 0 ? 50000 : 500);
}

static void
check(const unsigned char *p, size_t n, unsigned char want)
{
	CHECK(p[0] == want && p[n / 2] == want && p[n - 1] == want);
}

static void *
work(void *arg)
{
	uint64_t seed = (uint64_t)(uintptr_t)arg;
	unsigned char *p[HELD] = { NULL };
	size_t n[HELD] = { 0 };

	for (int i = 0; i < ROUNDS; i++) {
		size_t k = next_random(&seed) % HELD;

		if (p[k] != NULL)
			check(p[k], n[k], (unsigned char)k);
		n[k] = any_size(&seed);
		if (i % 3 == 0) {
			free(p[k]);
			p[k] = malloc(n[k]);
		} else {
			p[k] = realloc(p[k], n[k]);
		}
		CHECK(p[k] != NULL);
		memset(p[k], (int)k, n[k]);
	}
	for (size_t k = 0; k < HELD; k++)
		free(p[k]);
	return NULL;
}

static void
work_in_threads(long threads)
{
	pthread_t t[16];

	CHECK(threads < 16);
	for (long i = 0; i < threads; i++)
		CHECK(pthread_create(&t[i], NULL, work, (void *)(i + 1)) == 0);
	work((void *)99);
	for (long i = 0; i < threads; i++)
		CHECK(pthread_join(t[i], NULL) == 0);
}

int
main(int argc, char **argv)
{
	long threads = argc > 1 ? atol(argv[1]) : 0;
	void *found = dlsym(RTLD_DEFAULT, "refuse_now");
	void (*refuse)(void);
	char c;

	work_in_threads(threads);
	memcpy(&refuse, &found, sizeof refuse);
	if (found != NULL)
		refuse();
	work_in_threads(threads);
	malloc_trim(0);
	check_write("ready\n");
	while (read(0, &c, 1) == 1)
		;
	work((void *)7);
	return passed();
}
