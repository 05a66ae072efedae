// SPDX-License-Identifier: MIT
/* posix_memalign for every power of two from 16 bytes to 1 MiB and sizes around it; and a hundred
 * thousand cache lines in little more than their own memory. */
#include "check.h"

#include <malloc.h>

#define LINES 100000

static void
check_one(size_t align, size_t size)
{
	unsigned char *p[3];
	void *q;

	for (int i = 0; i < 3; i++) {
		CHECK(posix_memalign(&q, align, size) == 0 && (uintptr_t)q % align == 0);
		CHECK(malloc_usable_size(q) >= size);
		p[i] = memset(q, i + 1, size);
	}
	CHECK((p[2] = realloc(p[2], size + align)) != NULL);
	for (int i = 0; i < 3; i++) {
		for (size_t k = 0; k < size; k += size / 64 + 1)
			CHECK(p[i][k] == i + 1);
		free(p[i]);
	}
}

int
main(void)
{
	static void *lines[LINES];
	uint64_t before;

	for (size_t align = 16; align <= 1u << 20; align *= 2) {
		const size_t some[] = { 1, 15, 64, 1000, 4095, 4096, 32768, 32769, 65537, 1u << 20,
			(1u << 20) + 1, 5000000, align - 1, align, align + 1, 3 * align };

		for (size_t i = 0; i < sizeof some / sizeof *some; i++)
			check_one(align, some[i]);
	}
	memset(lines, 1, sizeof lines);
	before = rss_bytes();
	for (int i = 0; i < LINES; i++)
		CHECK(posix_memalign(&lines[i], 64, 64) == 0 && memset(lines[i], 1, 64) != NULL);
	CHECK(rss_bytes() - before <= 10u << 20);
	for (int i = 0; i < LINES; i++)
		free(lines[i]);
	return passed();
}
