/* SPDX-License-Identifier: MIT */
#include "shim/heap/bits.h"

#include "shim/heap/slice.h"
#include "tests/unit/heap_support.h"

#include <string.h>

TestSuite(bits, .init = heap_use_park);

Test(bits, never_hands_out_a_word_twice)
{
	static uint64_t *sets[2000];

	for (unsigned i = 0; i < ROWS(sets); i++) {
		unsigned words = 5 + i * 7 % 60;

		sets[i] = mg_bits_get(words);
		cr_assert(sets[i] != NULL && (uintptr_t)sets[i] % 64 == 0);
		memset(sets[i], (int)(i % 255 + 1), words * 8);
	}
	for (unsigned i = 0; i < ROWS(sets); i++) {
		unsigned words = 5 + i * 7 % 60;

		cr_assert(heap_is_filled(sets[i], (int)(i % 255 + 1), words * 8), "set %u", i);
		mg_bits_put(sets[i], words);
	}
}

Test(bits, uses_again_what_was_put_back)
{
	uint64_t *a = mg_bits_get(64), *b = mg_bits_get(64), own = mg_slice_own_bytes();

	mg_bits_put(a, 64);
	cr_expect(ne(ptr, mg_bits_get(16), a), "of its kind only");
	cr_expect(eq(ptr, mg_bits_get(33), a));
	mg_bits_put(b, 64);
	for (int i = 0; i < 1000; i++)
		mg_bits_put(mg_bits_get(60), 60);
	cr_expect(eq(u64, mg_slice_own_bytes(), own));
}

Test(bits, is_charged_by_the_page)
{
	uint64_t own = mg_slice_own_bytes();

	for (int i = 0; i < 8; i++)
		mg_bits_get(64);
	cr_expect(eq(u64, mg_slice_own_bytes(), own + PAGE));
	mg_bits_get(8);
	cr_expect(eq(u64, mg_slice_own_bytes(), own + 2 * PAGE));
	for (int i = 0; i < 63; i++)
		mg_bits_get(8);
	cr_expect(eq(u64, mg_slice_own_bytes(), own + 2 * PAGE));
}

Test(bits, has_none_at_the_ceiling)
{
	heap_set_ceiling(mg_heap_charged() + PAGE + 1);
	for (int i = 0; i < 8; i++)
		cr_assert(ne(ptr, mg_bits_get(64), NULL));
	cr_expect(eq(ptr, mg_bits_get(64), NULL));
	cr_expect(eq(ptr, mg_bits_get(8), NULL));
	heap_set_ceiling(0);
	cr_expect(ne(ptr, mg_bits_get(64), NULL));
}
