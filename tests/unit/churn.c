/* SPDX-License-Identifier: MIT */
#include "tests/unit/churn.h"

#include "tests/unit/heap_support.h"

#include <string.h>

#define HELD 3000

static struct {
	unsigned char *p;
	size_t n;
} held[HELD];

static uint64_t seed = 11;

static size_t
any_size(void)
{
	uint64_t x = support_random(&seed);

	return x % 400 == 0  ? support_random(&seed) % (4 * MB)
	       : x % 20 == 0 ? support_random(&seed) % 300000
			     : x % 3000;
}

void
churn(unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		uint64_t x = support_random(&seed);
		unsigned k = (unsigned)(x % HELD);
		size_t n = any_size();

		if (held[k].p == NULL) {
			held[k].p = x % 3 == 0 ? mg_heap_zalloc(n) : mg_heap_malloc(n);
			held[k].n = held[k].p != NULL ? n : 0;
			if (held[k].p != NULL && x % 3 == 0)
				cr_assert(heap_is_filled(held[k].p, 0, n), "%zu", n);
		} else if (x % 4 == 0) {
			size_t kept = n < held[k].n ? n : held[k].n;
			void *p = mg_heap_realloc(held[k].p, n + 1);

			cr_assert(p == NULL || heap_is_filled(p, (int)(k % 255 + 1), kept));
			held[k].p = p != NULL ? p : held[k].p;
			held[k].n = p != NULL ? n + 1 : held[k].n;
		} else {
			cr_assert(heap_is_filled(held[k].p, (int)(k % 255 + 1), held[k].n));
			mg_heap_free(held[k].p);
			held[k].p = NULL;
		}
		if (held[k].p != NULL)
			memset(held[k].p, (int)(k % 255 + 1), held[k].n);
	}
}

uint64_t
churn_usable(uint64_t *blocks)
{
	uint64_t bytes = 0;

	*blocks = 0;
	for (unsigned k = 0; k < HELD; k++)
		if (held[k].p != NULL) {
			bytes += mg_heap_usable(held[k].p);
			++*blocks;
		}
	return bytes;
}

void
churn_free_all(void)
{
	for (unsigned k = 0; k < HELD; k++) {
		mg_heap_free(held[k].p);
		held[k].p = NULL;
	}
}

uint64_t
churn_large(void)
{
	uint64_t bytes = 0;

	for (unsigned k = 0; k < HELD; k++)
		if (held[k].p != NULL && mg_slice_of(held[k].p) >= mg_region_slices())
			bytes += mg_heap_usable(held[k].p);
	return bytes;
}
