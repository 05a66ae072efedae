// SPDX-License-Identifier: MIT
/* Threads allocate, resize and hand blocks over; whoever takes one checks it and frees it. At the
 * end nothing is live. */
#include "shim/heap/heap.h"
#include "tests/stress/stress.h"

#define SLOTS 512

struct block {
	uint64_t size, tag; /* tag = size * PRIME, again in the last bytes */
};
#define PRIME 0x9e3779b97f4a7c15ull

static _Atomic(struct block *) slots[SLOTS];
static _Atomic uint64_t allocs, frees;

UNWATCHED static void
sign(struct block *b, uint64_t size)
{
	uint64_t tag = size * PRIME;

	b->size = size;
	memcpy((char *)b + size - sizeof tag, &tag, sizeof tag);
}

UNWATCHED static void
check(const struct block *b)
{
	uint64_t tag;

	memcpy(&tag, (const char *)b + b->size - sizeof tag, sizeof tag);
	CHECK(tag == b->size * PRIME);
}

static struct block *
make(uint64_t x)
{
	size_t size = 32 + (x % 100 == 0 ? x % 400000 : x % 900), align = 16u << (x >> 8) % 6;
	struct block *b;

	switch ((x >> 4) % 4) {
	case 0: b = mg_heap_zalloc(size); break;
	case 1: b = mg_heap_aligned(size, align); break;
	default: b = mg_heap_malloc(size); break;
	}
	CHECK(b != NULL && mg_heap_usable(b) >= size);
	sign(b, size);
	if (x % 7 == 0) {
		size = 32 + (x >> 3) % 5000;
		b = mg_heap_realloc(b, size);
		CHECK(b != NULL);
		sign(b, size);
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
			check(b);
			mg_heap_free(b);
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
	mg_heap_collect_behind(mg_heap_collect());
}

int
main(int argc, char **argv)
{
	struct mg_snapshot before = { 0 }, after = { 0 };
	uint64_t left = 0;

	mg_heap_init();
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
		mg_heap_free(slots[i]);
	mg_heap_read(&after);
	CHECK(after.live_blocks == before.live_blocks && after.live_bytes == before.live_bytes);
	return 0;
}
