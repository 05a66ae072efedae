/* SPDX-License-Identifier: MIT */
/*
 * Where all that the fuzzed heap has taken is: every slice of the region is in the pool, a block's,
 * a class's, or a signal handler's; every block that its class has handed out is live or in a
 * magazine; a magazine holds what it is said to hold. Read when all threads rest.
 */
#ifndef FUZZ_HEAP_SLICES_H
#define FUZZ_HEAP_SLICES_H

#include "shim/heap/magazine.h"
#include "tests/fuzz/heap_model.h"

#define HEAP_PUNCHED 0u /* what the pool calls a run without resident pages */

/* Inside a run nothing begins; of a fresh span they are still as they were. */
static inline void
heap_check_inner(uint32_t first, uint32_t n)
{
	for (uint32_t i = 1; i + 1 < n; i++) {
		uint8_t state = mg_slice_state(mg_slice_record(first + i));

		FUZZ_CHECK(state == MG_SLICE_TAKEN || state == MG_SLICE_OUTSIDE);
	}
}

static inline uint32_t
heap_check_pooled(uint32_t first)
{
	const struct mg_slice *s = mg_slice_record(first), *last;
	uint32_t n = s->run;

	FUZZ_CHECK(n > 0 && first + n - 1 <= mg_slice_highest());
	last = mg_slice_record(first + n - 1);
	FUZZ_CHECK(mg_slice_state(last) == MG_SLICE_POOLED);
	FUZZ_CHECK(last->run == n && last->shelf == s->shelf);
	heap_check_inner(first, n);
	for (uint32_t i = 0; i < n; i++) {
		FUZZ_CHECK(mg_region.class[first + i] == 0);
		FUZZ_CHECK(s->shelf != HEAP_PUNCHED || mg_slice_record(first + i)->resident == 0);
	}
	return n;
}

static inline uint32_t
heap_check_run(uint32_t first)
{
	const struct mg_slice *s = mg_slice_record(first);
	uint32_t n = s->run;

	FUZZ_CHECK(n == (s->pages + MG_SLICE_PAGES - 1) / MG_SLICE_PAGES);
	FUZZ_CHECK(first + n - 1 <= mg_slice_highest());
	FUZZ_CHECK(n == 1 || mg_slice_state(mg_slice_record(first + n - 1)) == MG_SLICE_TAKEN);
	heap_check_inner(first, n);
	FUZZ_CHECK(heap_is_live(mg_slice_address(first)));
	return n;
}

/* Number of slices that begin here. Adds the blocks that are out of their class's store. */
static inline uint32_t
heap_check_slice(uint32_t slice, int64_t *out)
{
	const struct mg_slice *s = mg_slice_record(slice);
	unsigned class = s->class;

	switch (mg_slice_state(s)) {
	case MG_SLICE_OUTSIDE:
	case MG_SLICE_NESTED: return 1;
	case MG_SLICE_POOLED: return heap_check_pooled(slice);
	case MG_SLICE_RUN: return heap_check_run(slice);
	case MG_SLICE_SHELVED:
	case MG_SLICE_FULL:
		FUZZ_CHECK(class != 0 && class < MG_CLASS_ALL);
		FUZZ_CHECK(class == mg_region.class[slice]);
		FUZZ_CHECK(s->free <= mg_classes[class].blocks);
		out[class] += mg_classes[class].blocks - s->free;
		return 1;
	default: FUZZ_CHECK(!"a slice that is nobody's"); return 1;
	}
}

static inline HEAP_PLAIN uint64_t
heap_chain(const struct mg_thread *t, unsigned class, uint64_t most)
{
	const struct mg_block *b = t->magazine[class].head;
	uint64_t n = 0;

	for (; b != NULL && n <= most; n++)
		b = (const struct mg_block *)(b->next ^ t->key);
	return n;
}

static inline void
heap_check_magazines(int64_t *out)
{
	for (const struct mg_thread *t = mg_thread_first(); t != NULL; t = t->next)
		for (unsigned class = 1; class < MG_CLASSES; class ++) {
			uint64_t cached = mg_thread_read(t, class).cached;

			FUZZ_CHECK(heap_chain(t, class, cached) == cached);
			out[class] -= (int64_t)cached;
		}
}

/* After heap_check_blocks(). */
static inline void
heap_check_slices(void)
{
	int64_t out[MG_CLASS_ALL] = { 0 };

	for (uint32_t i = 1; i <= mg_slice_highest();)
		i += heap_check_slice(i, out);
	heap_check_magazines(out);
	for (size_t i = 0; i < heap_live.n; i++) {
		size_t slice = mg_slice_of(heap_live.block[i]->p);

		if (slice < mg_region_slices())
			out[mg_region.class[slice]]--;
	}
	for (unsigned class = 1; class < MG_CLASS_ALL; class ++)
		FUZZ_CHECK(out[class] == 0);
}

#endif
