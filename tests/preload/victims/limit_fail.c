// SPDX-License-Identifier: MIT
/* At the ceiling without any help: NULL and ENOMEM, from every form, and the program goes on. */
#include "check.h"

#include <malloc.h>

int
main(void)
{
	void *p = malloc(100), *q = NULL;
	uint64_t refused = stat_of("refused_allocs"), big = stat_of("heap_limit_bytes");

	CHECK(big > 0);
#define REFUSED(call) (errno = 0, (call) == NULL && errno == ENOMEM)
	CHECK(REFUSED(malloc(big)) && REFUSED(calloc(big, 1)) && REFUSED(realloc(p, big)));
	CHECK(REFUSED(realloc(NULL, big)) && REFUSED(reallocarray(p, big / 8, 8)));
	CHECK(REFUSED(aligned_alloc(64, big)) && REFUSED(memalign(4096, big)));
	CHECK(REFUSED(valloc(big)) && REFUSED(pvalloc(big)));
	CHECK(posix_memalign(&q, 64, big) == ENOMEM && q == NULL);
	CHECK(stat_of("refused_allocs") - refused == 10 && stat_of("live_bytes") < 1 << 20);
	CHECK(realloc(p, 200) != NULL && malloc(1000) != NULL);
	return passed();
}
