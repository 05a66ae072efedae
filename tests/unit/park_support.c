/* SPDX-License-Identifier: MIT */
#include "tests/unit/park_support.h"

enum mg_slice_failure park_why;

void
park_take_all(unsigned class, uintptr_t *blocks, unsigned want)
{
	for (unsigned n = 0; n < want;) {
		unsigned most = want - n < MG_PARK_MAX_BATCH ? want - n : MG_PARK_MAX_BATCH;
		unsigned got = mg_park_take(class, blocks + n, most, &park_why);

		cr_assert(got > 0 && got <= most);
		n += got;
	}
}

void *
park_address(uintptr_t block)
{
	return (void *)(block & ~MG_PARK_ZERO);
}

unsigned
park_put(unsigned class, uintptr_t block)
{
	void *p = park_address(block);

	return mg_park_put(class, &p, 1);
}

void
park_check_slices(void)
{
	for (uint32_t i = 1; i <= mg_slice_highest(); i++) {
		const struct mg_slice *s = mg_slice_record(i);
		const struct mg_class *c = &mg_classes[s->class];
		unsigned free = 0;

		if (mg_region.class[i] == 0)
			continue;
		cr_assert(eq(u32, mg_region.class[i], s -> class));
		for (unsigned w = 0; w < s->words; w++)
			free += (unsigned)__builtin_popcountll(s->bits[w]);
		cr_assert(eq(u32, free, s->free));
		cr_assert(lt(u32, free, c->blocks), "it belongs into the pool");
		cr_assert(eq(int, s->state, free > 0 ? MG_SLICE_SHELVED : MG_SLICE_FULL));
		cr_assert(free == 0 || s->shelf == (free * 8 - 1) / c->blocks);
	}
	mg_park_check();
}
