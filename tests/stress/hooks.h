/* SPDX-License-Identifier: MIT */
/* Blocks that carry a pattern, whole, so that a byte of them in wrong hands is seen; and the engine
 * they come from. */
#ifndef STRESS_HOOKS_H
#define STRESS_HOOKS_H

#include "tests/hooks.h"
#include "tests/stress/stress.h"

/* One seed of four runs the other engine; not under ThreadSanitizer, which cannot see the ordering
 * of blocks that change hands inside mimalloc. */
static inline bool
hook_wants_mimalloc(int argc, char **argv)
{
#ifdef __SANITIZE_THREAD__
	(void)argc;
	(void)argv;
	return false;
#else
	return stress_seed(argc, argv) % 4 == 0;
#endif
}

struct block {
	uint64_t size, tag; /* of the whole block, in words from the third on */
};
#define BLOCK_MIN sizeof(struct block)

/* Large blocks: a word of each page, and the last. */
static inline size_t
block_step(size_t words)
{
	return words > 4096 ? 509 : 1;
}

static inline void
block_sign(struct block *b, size_t size, uint64_t tag)
{
	uint64_t *w = (uint64_t *)b;
	size_t words = size / 8;

	b->size = size;
	b->tag = tag;
	for (size_t i = 2; i < words; i += block_step(words))
		w[i] = tag + i;
	if (words > 2)
		w[words - 1] = tag ^ size;
}

/* As far as it reaches: a block that was resized has another end. */
static inline void
block_check_front(const struct block *b, size_t size)
{
	const uint64_t *w = (const uint64_t *)b;
	size_t words = b->size / 8, end = size / 8;

	for (size_t i = 2; i < end && i < words - 1; i += block_step(words))
		CHECK(w[i] == b->tag + i);
}

static inline void
block_check(const struct block *b)
{
	const uint64_t *w = (const uint64_t *)b;
	size_t words = b->size / 8;

	block_check_front(b, b->size);
	CHECK(words <= 2 || w[words - 1] == (b->tag ^ b->size));
}

static inline void
block_check_zero(const void *p, size_t size)
{
	const uint64_t *w = p;

	for (size_t i = 0; i < size / 8; i += block_step(size / 8))
		CHECK(w[i] == 0);
}

/* A size that meets magazines most of the time, runs and mappings now and then. */
static inline size_t
block_size(uint64_t x, uint64_t y, size_t most)
{
	size_t n = x % 1000 == 0 ? y % (4 << 20)
		   : x % 50 == 0 ? y % 300000
		   : x % 7 == 0  ? y % 32768
				 : y % 1500;

	return BLOCK_MIN + (n < most ? n : n % most);
}

/* What a collection by another thread is: whole, but for those that are asked to do it
 * themselves. */
static inline void
hook_collect(void)
{
	struct mg_heap_collection c;

	mg_heap_collect_begin(&c);
	while (mg_heap_collect_step(&c) && !mg_heap_collect_waits(&c))
		;
}

#endif
