/* SPDX-License-Identifier: MIT */
/*
 * What the heap must be, beside what it is: every live block with its size and its pattern, and the
 * counters. A pattern fills all that a block holds (of large ones: words of every page), so blocks
 * that overlap, pages that are punched under a live block, and bytes that a resize loses are seen
 * when the block is looked at again. Slots belong to one thread at a time; the books are read when
 * all threads rest.
 */
#ifndef FUZZ_HEAP_MODEL_H
#define FUZZ_HEAP_MODEL_H

#include "shim/heap/charge.h"
#include "shim/heap/heap.h"
#include "shim/heap/slice.h"
#include "shim/heap/thread.h"
#include "tests/fuzz/check.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Of patterns the fuzzer has nothing to learn, and they are most of the work. */
#ifdef __clang__
#define HEAP_PLAIN __attribute__((no_sanitize("coverage", "address", "undefined")))
#else
#define HEAP_PLAIN
#endif

#define HEAP_SLOTS 4096u
#define HEAP_WHOLE_WORDS 4096u /* larger blocks carry words of every page */
#define HEAP_STEP_WORDS 509u

struct heap_block {
	uint64_t *p; /* NULL: the slot is free */
	size_t usable;
	uint64_t tag;
};

static struct heap_block heap_blocks[HEAP_SLOTS];

static struct {
	_Atomic uint64_t live_blocks, live_bytes, tags;
	_Atomic uint64_t allocs, frees, reallocs, double_frees;
	struct mg_snapshot before; /* when the input began */
	uint64_t top;              /* the ceiling, or what was charged when it came down */
} heap_model;

static inline size_t
heap_words(const struct heap_block *b)
{
	return b->usable / sizeof *b->p;
}

static inline size_t
heap_step(const struct heap_block *b)
{
	return heap_words(b) > HEAP_WHOLE_WORDS ? HEAP_STEP_WORDS : 1;
}

static inline HEAP_PLAIN void
heap_write(uint64_t *p, size_t words, size_t step, uint64_t tag)
{
	for (size_t i = 0; i < words; i += step)
		p[i] = tag + i;
}

static inline HEAP_PLAIN bool
heap_is_written(const uint64_t *p, size_t words, size_t step, uint64_t tag)
{
	uint64_t wrong = 0;

	for (size_t i = 0; i < words; i += step)
		wrong |= p[i] ^ (tag + i);
	return wrong == 0;
}

static inline void
heap_sign(struct heap_block *b)
{
	size_t last = heap_words(b) - 1;

	b->tag = (atomic_fetch_add(&heap_model.tags, 1) + 1) * UINT64_C(0x9e3779b97f4a7c15);
	heap_write(b->p, last, heap_step(b), b->tag);
	b->p[last] = b->tag + last;
}

/* As far as it reaches; the last word stands for itself. */
static inline void
heap_verify_front(const struct heap_block *b, size_t bytes)
{
	size_t words = bytes / sizeof *b->p, last = heap_words(b) - 1;

	FUZZ_CHECK(heap_is_written(b->p, words < last ? words : last, heap_step(b), b->tag));
}

static inline void
heap_verify(const struct heap_block *b)
{
	size_t last = heap_words(b) - 1;

	heap_verify_front(b, b->usable);
	FUZZ_CHECK(b->p[last] == b->tag + last);
}

/* A block that the slot did not hold before, or that was resized. */
static inline void
heap_fill_slot(struct heap_block *b, void *p, size_t asked, size_t align)
{
	*b = (struct heap_block){ .p = p, .usable = mg_heap_usable(p) };
	FUZZ_CHECK((uintptr_t)p % (align < 16 ? 16 : align) == 0);
	FUZZ_CHECK(b->usable >= asked && b->usable >= 16);
	heap_sign(b);
	atomic_fetch_add(&heap_model.live_blocks, 1);
	atomic_fetch_add(&heap_model.live_bytes, b->usable);
}

static inline void
heap_clear_slot(struct heap_block *b)
{
	atomic_fetch_sub(&heap_model.live_blocks, 1);
	atomic_fetch_sub(&heap_model.live_bytes, b->usable);
	b->p = NULL;
}

static inline void
heap_set_top(uint64_t limit)
{
	uint64_t now = mg_charge_now();

	heap_model.top = limit == 0 ? UINT64_MAX : limit > now ? limit : now;
}

static inline void
heap_check_charge(void)
{
	uint64_t charged = mg_charge_now(), limit = mg_charge_limit();

	FUZZ_CHECK(charged <= heap_model.top);
	if (limit != 0)
		heap_model.top = charged > limit ? charged : limit;
}

static inline void
heap_check_books(void)
{
	struct mg_snapshot s = { 0 }, *b = &heap_model.before;

	mg_heap_read(&s);
	FUZZ_CHECK(s.live_blocks - b->live_blocks == heap_model.live_blocks);
	FUZZ_CHECK(s.live_bytes - b->live_bytes == heap_model.live_bytes);
	FUZZ_CHECK(s.allocs - b->allocs == heap_model.allocs);
	FUZZ_CHECK(s.frees - b->frees == heap_model.frees);
	FUZZ_CHECK(s.reallocs - b->reallocs == heap_model.reallocs);
	FUZZ_CHECK(s.double_frees - b->double_frees == heap_model.double_frees);
	FUZZ_CHECK(s.foreign_frees == 0);
	FUZZ_CHECK(s.heap_footprint_bytes + mg_thread_credit() == mg_charge_now());
	FUZZ_CHECK(
	    s.live_bytes + s.cached_bytes + s.parked_bytes + s.own_bytes == s.heap_footprint_bytes);
	heap_check_charge();
}

static struct {
	const struct heap_block *block[HEAP_SLOTS];
	size_t n;
} heap_live; /* by address, of the last check */

static inline int
heap_by_address(const void *a, const void *b)
{
	const struct heap_block *const *x = a, *const *y = b;

	return (*x)->p < (*y)->p ? -1 : (*x)->p > (*y)->p;
}

static inline bool
heap_is_live(const void *p)
{
	struct heap_block wanted = { .p = (uint64_t *)p }, *key = &wanted;

	return bsearch(&key, heap_live.block, heap_live.n, sizeof heap_live.block[0],
		   heap_by_address) != NULL;
}

/* Every pattern; no two blocks share a byte; the heap's own view of itself. */
static inline void
heap_check_blocks(void)
{
	size_t n = 0;

	for (size_t i = 0; i < HEAP_SLOTS; i++)
		if (heap_blocks[i].p != NULL)
			heap_live.block[n++] = &heap_blocks[i];
	FUZZ_CHECK(n == heap_model.live_blocks);
	heap_live.n = n;
	qsort(heap_live.block, n, sizeof heap_live.block[0], heap_by_address);
	for (size_t i = 0; i < n; i++) {
		const struct heap_block *b = heap_live.block[i];

		heap_verify(b);
		FUZZ_CHECK(mg_heap_owns(b->p) && mg_heap_usable(b->p) == b->usable);
		if (i + 1 < n)
			FUZZ_CHECK((char *)b->p + b->usable <= (char *)heap_live.block[i + 1]->p);
	}
	mg_heap_check();
}

#define HEAP_MOST_READY 5u /* slices for signal handlers */

/* Nothing is live, everything was collected: only slices for signal handlers may have pages left.
 */
static inline void
heap_check_empty(void)
{
	struct mg_snapshot s = { 0 };
	uint64_t left = 0;

	for (uint32_t i = 1; i <= mg_slice_highest(); i++) {
		const struct mg_slice *slice = mg_slice_record(i);

		if (mg_slice_state(slice) == MG_SLICE_NESTED)
			left += (uint64_t)__builtin_popcount(slice->resident) * MG_SLICE_PAGE;
		else
			FUZZ_CHECK(slice->resident == 0);
	}
	FUZZ_CHECK(left <= HEAP_MOST_READY * MG_SLICE_BYTES);
	mg_heap_read(&s);
	FUZZ_CHECK(s.live_bytes == 0 && s.live_blocks == 0 && s.cached_bytes == 0);
	FUZZ_CHECK(s.threads == 1);
	FUZZ_CHECK(mg_charge_now() == s.own_bytes + mg_thread_credit() + left);
}

#endif
