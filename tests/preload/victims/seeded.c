// SPDX-License-Identifier: MIT
/* A random sequence of all that the heap can do (seed: argument 1), the same under every engine:
 * prints a sum over what the blocks hold. */
#include "check.h"

#include <malloc.h>

#define SLOTS 5000
#define STEPS 300000

static unsigned char *slots[SLOTS];
static size_t sizes[SLOTS];
static uint64_t seed, sum;

static size_t
some_size(void)
{
	uint32_t x = next_random(&seed);

	switch (x % 1000) {
	case 0: return 1000000 + x / 1000 % 3000000;
	case 1:
	case 2:
	case 3:
	case 4: return 30000 + x / 1000 % 300000;
	default: return x % 8 == 0 ? x / 1000 % 9000 : x / 1000 % 500;
	}
}

static void *
make(size_t size)
{
	uint32_t x = next_random(&seed);
	void *p = NULL;

	switch (x % 8) {
	case 0: return calloc(1, size);
	case 1: return posix_memalign(&p, (size_t)16 << x / 8 % 9, size) == 0 ? p : NULL;
	case 2: return memalign(64, size);
	default: return malloc(size);
	}
}

static void
add_up(size_t i)
{
	for (size_t k = 0; k < sizes[i]; k += 1 + sizes[i] / 64)
		sum = sum * 31 + slots[i][k];
}

static void
step(void)
{
	uint32_t x = next_random(&seed);
	size_t i = x / 4 % SLOTS, size = some_size();

	if (slots[i] != NULL && x % 4 == 0) {
		size_t kept = sizes[i] < size ? sizes[i] : size;

		add_up(i);
		size += size == 0;
		CHECK((slots[i] = realloc(slots[i], size)) != NULL);
		memset(slots[i] + kept, (int)x, size - kept);
	} else {
		add_up(i);
		free(slots[i]);
		CHECK((slots[i] = make(size)) != NULL && malloc_usable_size(slots[i]) >= size);
		memset(slots[i], (int)(x >> 8), size);
	}
	sizes[i] = size;
}

int
main(int argc, char **argv)
{
	char line[64];

	CHECK(argc == 2);
	seed = strtoull(argv[1], NULL, 10);
	for (int i = 0; i < STEPS; i++)
		step();
	for (size_t i = 0; i < SLOTS; i++) {
		add_up(i);
		if (i % 3 != 0)
			free(slots[i]);
	}
	snprintf(line, sizeof line, "%016lx\n", (unsigned long)sum);
	check_write(line);
	return passed();
}
