// SPDX-License-Identifier: MIT
/* memgov_set raises, lowers and lifts the ceiling while the program runs; bad values change
 * nothing. */
#include "check.h"

#include "shim/memgov.h"

static uint64_t
limit(void)
{
	struct memgov_stats s = { .size = sizeof s };

	CHECK(memgov_stats(&s) == 0);
	return s.heap_limit_bytes;
}

int
main(void)
{
	void *p;

	CHECK(memgov_set != NULL && limit() == 64u << 20);
	CHECK(malloc(100u << 20) == NULL);
	CHECK(memgov_set("heap_max", "200M") == 0 && limit() == 200u << 20);
	CHECK((p = malloc(100u << 20)) != NULL);
	CHECK(memgov_set("MEMGOV_HEAP_MAX", "80M") == 0 && limit() == 80u << 20);
	CHECK(malloc(1u << 20) == NULL); /* above it now: nothing more, and nothing breaks */
	free(p);
	CHECK((p = malloc(50u << 20)) != NULL);
	CHECK(
	    memgov_set("heap_max", "banana") == -EINVAL && memgov_set("heap_max", "1K") == -ERANGE);
	CHECK(memgov_set("no_such", "1") == -ENOENT && memgov_set("history", "100") == -EPERM);
	CHECK(limit() == 80u << 20);
	CHECK(memgov_set("heap_max", "0") == 0 && limit() == 0);
	CHECK(malloc(500u << 20) != NULL);
	return passed();
}
