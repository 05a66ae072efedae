// SPDX-License-Identifier: MIT
/* Threads allocate, resize and hand blocks over; whoever takes one checks it and frees it. At the
 * end nothing is live. */
#include "shim/heap/park.h"
#include "tests/stress/hooks.h"

#define SLOTS 512

static _Atomic(struct block *) slots[SLOTS];
static _Atomic uint64_t allocs, frees;

static struct block *
make(uint64_t x)
{
	size_t size = block_size(x >> 4, x, SIZE_MAX), align = 16u << (x >> 8) % 6;
	struct block *b;

	switch ((x >> 4) % 4) {
	case 0: b = hook_zalloc(size); break;
	case 1: b = mg_heap_aligned(size, align); break;
	default: b = hook_malloc(size); break;
	}
	CHECK(b != NULL && mg_heap_usable(b) >= size);
	block_sign(b, size, x);
	for (uint64_t i = 0; x % 7 == 0 && i < x % 4; i++) {
		size = block_size((x >> 3) + i, (x >> 5) * (i + 1), SIZE_MAX);
		b = mg_heap_realloc(b, size);
		CHECK(b != NULL);
		block_check_front(b, size);
		block_sign(b, size, x);
	}
	return b;
}

static void *
work(void *arg)
{
	uint64_t *seed = arg, a = 0, f = 0;

	while (!atomic_load_explicit(&stress_over, memory_order_relaxed)) {
		uint64_t x = stress_random(seed);
		struct block *b = make(x);

		b = atomic_exchange(&slots[x % SLOTS], b);
		a++;
		if (b != NULL) {
			block_check(b);
			hook_free(b);
			f++;
		}
	}
	atomic_fetch_add(&allocs, a);
	atomic_fetch_add(&frees, f);
	return NULL;
}

static void
watch(void)
{
	struct mg_snapshot s = { 0 };

	mg_heap_read(&s);
	CHECK(s.threads >= 1 && s.threads <= THREADS + 1);
	hook_collect();
	mg_park_check();
}

int
main(int argc, char **argv)
{
	struct mg_snapshot before = { 0 }, after = { 0 };
	uint64_t left = 0;

	mg_heap_init();
	mg_heap_use_mimalloc(hook_wants_mimalloc(argc, argv));
	mg_heap_free(mg_heap_malloc(1));
	mg_heap_read(&before);
	stress_run(argc, argv, work, watch);
	mg_heap_read(&after);
	CHECK(after.allocs - before.allocs == allocs && after.frees - before.frees == frees &&
	      allocs > 1000);
	for (int i = 0; i < SLOTS; i++)
		left += slots[i] != NULL;
	CHECK(after.live_blocks - before.live_blocks == left);
	for (int i = 0; i < SLOTS; i++)
		if (slots[i] != NULL)
			hook_free(slots[i]);
	mg_heap_read(&after);
	CHECK(after.live_blocks == before.live_blocks && after.live_bytes == before.live_bytes);
	return 0;
}
