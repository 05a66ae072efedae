/* SPDX-License-Identifier: MIT */
#include "shim/heap/class.h"

#include "shim/heap/park.h"
#include "shim/heap/slice.h"
#include "shim/heap/thread.h"
#include "tests/unit/support.h"

TestSuite(class, .init = mg_class_init);

static uint32_t
lowest_bit(uint32_t x)
{
	return x & -x;
}

Test(class, a_sample_is_as_large_and_as_aligned)
{
	for (unsigned c = 1; c < MG_CLASSES; c++) {
		unsigned sample = mg_class_of_sample(c);

		cr_assert(ge(u32, sample, MG_CLASSES), "%u", c);
		cr_assert(lt(u32, sample, MG_CLASS_ALL), "%u", c);
		cr_expect(ge(u32, mg_classes[sample].bytes, mg_classes[c].bytes), "%u", c);
		cr_expect(
		    ge(u32, lowest_bit(mg_classes[sample].bytes), lowest_bit(mg_classes[c].bytes)),
		    "%u", c);
	}
}

Test(class, serves_each_size_by_the_least_class_that_holds_it)
{
	for (size_t n = 1; n <= MG_CLASS_MAX_BYTES; n++) {
		unsigned c = mg_class_of(n);

		cr_assert(c > 0 && c < MG_CLASSES, "%zu", n);
		cr_assert(ge(u32, mg_classes[c].bytes, (uint32_t)n), "%zu", n);
		cr_assert(c == 1 || mg_classes[c - 1].bytes < n, "%zu", n);
	}
	cr_expect(eq(u32, mg_classes[MG_CLASSES - 1].bytes, MG_CLASS_MAX_BYTES));
	cr_expect(zero(u32, mg_classes[0].bytes));
}

Test(class, loses_an_eighth_at_most_above_128_bytes)
{
	for (uint32_t n = 129; n <= MG_CLASS_MAX_BYTES; n++) {
		uint32_t bytes = mg_classes[mg_class_of(n)].bytes;

		cr_assert(le(u32, (bytes - n) * 8, bytes), "%u in %u", n, bytes);
	}
	for (uint32_t n = 1; n <= 128; n++)
		cr_assert(lt(u32, mg_classes[mg_class_of(n)].bytes - n, MG_CLASS_GRAIN), "%u", n);
}

Test(class, finds_the_block_of_every_byte)
{
	for (unsigned c = 1; c < MG_CLASSES; c++)
		for (uint32_t offset = 0; offset < MG_SLICE_BYTES; offset++)
			if (mg_class_index(&mg_classes[c], offset) != offset / mg_classes[c].bytes)
				cr_fatal("byte %u of class %u", offset, c);
}

Test(class, fits_its_blocks_into_a_slice_wherever_the_first_one_starts)
{
	for (unsigned c = 1; c < MG_CLASSES; c++) {
		const struct mg_class *k = &mg_classes[c];
		uint32_t least = MG_SLICE_BYTES, most = 0;

		for (uint32_t slice = 0; slice < 16; slice++) {
			uint32_t first = mg_class_first(k, slice);

			least = first < least ? first : least;
			most = first > most ? first : most;
			cr_expect(le(u32, first + k->blocks * k->bytes, MG_SLICE_BYTES), "%u", c);
		}
		cr_expect(zero(u32, least), "class %u", c);
		cr_expect(gt(u32, most + (k->blocks + 1) * k->bytes, MG_SLICE_BYTES), "%u", c);
		cr_expect(le(u32, (k->blocks + 63u) / 64, 64), "what mg_bits_get() has");
	}
}

Test(class, aligns_blocks_to_the_lowest_bit_of_its_size)
{
	for (unsigned c = 1; c < MG_CLASSES; c++)
		for (uint32_t slice = 0; slice < 16; slice++)
			cr_expect(zero(u32, mg_class_first(&mg_classes[c], slice) %
						(lowest_bit(mg_classes[c].bytes) < 1024
							? lowest_bit(mg_classes[c].bytes)
							: 1024)),
			    "class %u slice %u", c, slice);
}

Test(class, serves_alignments_by_the_least_class_that_keeps_them)
{
	for (size_t align = 16; align <= 2 * MG_CLASS_MAX_BYTES; align *= 2)
		for (size_t n = 1; n <= MG_CLASS_MAX_BYTES + 1; n += n < 300 ? 1 : 97) {
			unsigned want = 0, c = mg_class_of_aligned(n, align);

			for (unsigned k = 1; k < MG_CLASSES && want == 0; k++)
				if (mg_classes[k].bytes >= n && mg_classes[k].bytes % align == 0)
					want = k;
			cr_assert(eq(u32, c, want), "%zu at %zu", n, align);
		}
	cr_expect(zero(u32, mg_class_of_aligned(SIZE_MAX, 16)));
	cr_expect(ne(u32, mg_class_of_aligned(4096, 4096), 0));
	cr_expect(ne(u32, mg_class_of_aligned(1, 32768), 0));
}

Test(class, fills_its_pages_to_a_hundredth_above_1_kib)
{
	for (unsigned c = 1; c < MG_CLASSES; c++) {
		uint32_t used = mg_classes[c].blocks * mg_classes[c].bytes;
		uint32_t charged = (used + 4095) / 4096 * 4096;

		if (mg_classes[c].bytes > 1024)
			cr_expect(le(u32, (charged - used) * 100, charged), "class %u: %u of %u", c,
			    used, charged);
	}
}

Test(class, refills_with_a_page_at_first_and_32_kib_at_most)
{
	for (unsigned c = 1; c < MG_CLASSES; c++) {
		const struct mg_class *k = &mg_classes[c];

		cr_expect(k->first_batch == 1 || k->first_batch * k->bytes <= 4096, "%u", c);
		cr_expect(k->last_batch == 2 || k->last_batch * k->bytes <= 32768, "%u", c);
		cr_expect(ge(u32, k->last_batch, k->first_batch), "%u", c);
		cr_expect(le(u32, k->last_batch, MG_PARK_MAX_BATCH), "%u", c);
		cr_expect(lt(u32, 4u * k->last_batch, MG_MAGAZINE_MAX_ROOM), "%u", c);
	}
}
