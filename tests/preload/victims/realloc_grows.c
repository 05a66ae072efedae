// SPDX-License-Identifier: MIT
/* realloc from a byte to so many MB (argument 1) in steps, and back: the content stays. Under a
 * ceiling (MEMGOV_HEAP_MAX) that two of them would not fit under. */
#include "check.h"

static unsigned char
byte_at(size_t i)
{
	return (unsigned char)(i * 2654435761u >> 24);
}

static void
check_content(const unsigned char *p, size_t n)
{
	size_t step = n / 5000 + 1;

	for (size_t i = 0; i < n; i += step)
		if (p[i] != byte_at(i))
			check_failed(__FILE__, __LINE__, "the content stays", (int)(n >> 10));
	CHECK(n == 0 || p[n - 1] == byte_at(n - 1));
}

int
main(int argc, char **argv)
{
	size_t most = argc == 2 ? strtoul(argv[1], NULL, 10) << 20 : 0, n = 0, next;
	unsigned char *p = NULL, *between;

	CHECK(most > 0);
	for (next = 1; n < most; next = next + next / 3 + 1) {
		next = next < most ? next : most;
		CHECK((p = realloc(p, next)) != NULL);
		between = malloc(next % 100000); /* in the way */
		check_content(p, n);
		for (; n < next; n++)
			p[n] = byte_at(n);
		check_content(p, n);
		free(between);
	}
	CHECK(stat_of("live_bytes") >= most);
	for (; n > 1; n = n * 2 / 3) {
		CHECK((p = realloc(p, n)) != NULL);
		check_content(p, n);
	}
	free(p);
	return passed();
}
