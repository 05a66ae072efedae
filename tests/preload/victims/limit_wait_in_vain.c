// SPDX-License-Identifier: MIT
/* at_limit=wait=300ms,fail with nobody to free: the request waits that long, at least, and is then
 * refused. */
#include "check.h"

int
main(void)
{
	uint64_t limit = stat_of("heap_limit_bytes");
	double start = seconds();

	errno = 0;
	CHECK(malloc(limit + 1) == NULL && errno == ENOMEM);
	CHECK(seconds() - start < 20);
	start = seconds();
	for (int n = 0; n < 1000 && malloc(1u << 20) != NULL; n++)
		;
	CHECK(seconds() - start >= 0.3);
	return passed();
}
