// SPDX-License-Identifier: MIT
/* Owners allocate, resize and free, some blocks those of others, while one thread collects all the
 * time and so takes magazines away under their hands, and changes how they are sampled. Every
 * block keeps its pattern, what is said to be zero is, and in the end every count is exact. */
#include "shim/heap/charge.h"
#include "shim/heap/park.h"
#include "shim/heap/slice.h"
#include "tests/stress/hooks.h"
#include "tests/stress/sink.h"

#define HELD 500
#define SHARED 200

static _Atomic(struct block *) shared[SHARED];
static _Atomic uint64_t allocs, frees, reallocs;

struct tally {
	uint64_t allocs, frees, reallocs;
};

static struct block *
make(uint64_t x, uint64_t y, struct tally *n)
{
	size_t size = block_size(x, y, SIZE_MAX);
	struct block *b;

	if (x % 3 == 0) {
		b = hook_zalloc(size);
		CHECK(b != NULL);
		block_check_zero(b, size);
	} else if (x % 11 == 0) {
		b = mg_heap_aligned(size, 32u << y % 8);
		CHECK(b != NULL && ((uintptr_t)b & ((32u << y % 8) - 1)) == 0);
	} else {
		b = hook_malloc(size);
		CHECK(b != NULL);
	}
	block_sign(b, size, y);
	n->allocs++;
	return b;
}

static struct block *
resize(struct block *b, uint64_t x, uint64_t y, struct tally *n)
{
	size_t size = block_size(x, y, SIZE_MAX);

	b = mg_heap_realloc(b, size);
	CHECK(b != NULL);
	block_check_front(b, size);
	block_sign(b, size, y);
	n->reallocs++;
	return b;
}

static void
drop(struct block *b, struct tally *n)
{
	if (b == NULL)
		return;
	block_check(b);
	hook_free(b);
	n->frees++;
}

static void *
work(void *arg)
{
	uint64_t *seed = arg;
	struct block *held[HELD] = { 0 };
	struct tally n = { 0 };

	while (!atomic_load_explicit(&stress_over, memory_order_relaxed)) {
		uint64_t x = stress_random(seed), y = stress_random(seed);
		struct block **slot = &held[y % HELD];

		if (*slot == NULL)
			*slot = make(x, y, &n);
		else if (x % 5 == 0)
			*slot = resize(*slot, x / 5, y, &n);
		else if (x % 3 == 0)
			*slot = atomic_exchange(&shared[x % SHARED], *slot);
		else {
			drop(*slot, &n);
			*slot = NULL;
		}
	}
	for (int i = 0; i < HELD; i++)
		drop(held[i], &n);
	atomic_fetch_add(&allocs, n.allocs);
	atomic_fetch_add(&frees, n.frees);
	atomic_fetch_add(&reallocs, n.reallocs);
	return NULL;
}

static void
watch(void)
{
	struct mg_snapshot s = { 0 };

	hook_collect();
	sink_change_mean();
	mg_park_check();
	mg_heap_read(&s);
	CHECK(s.double_frees == 0);
}

int
main(int argc, char **argv)
{
	struct mg_snapshot s = { 0 };
	struct tally n = { 0 };

	mg_heap_init();
	sink_start();
	stress_run(argc, argv, work, watch);
	for (int i = 0; i < SHARED; i++)
		drop(shared[i], &n);
	frees += n.frees;
	mg_heap_read(&s);
	CHECK(s.allocs == allocs && s.frees == frees && s.reallocs == reallocs && allocs > 1000);
	CHECK(allocs == frees && s.live_blocks == 0 && s.live_bytes == 0 && s.double_frees == 0);
	sink_check_empty();
	watch();
	mg_heap_read(&s);
	CHECK(s.cached_bytes == 0 && s.parked_bytes == 0 && mg_slice_resident_bytes() == 0);
	CHECK(mg_charge_now() == s.own_bytes);
	return 0;
}
