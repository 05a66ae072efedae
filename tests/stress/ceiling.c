// SPDX-License-Identifier: MIT
/* Threads fight for the room below a ceiling that moves: charged never above it, what is handed out
 * never above charged. */
#include "shim/heap/charge.h"
#include "shim/heap/slice.h"
#include "tests/stress/hooks.h"

#define LIMIT (48ull << 20)
#define HELD 400

static _Atomic uint64_t handed_out, refusals;

static size_t
size_of(uint64_t x, uint64_t y)
{
	return BLOCK_MIN + y % (x % 500 == 0 ? 4 << 20 : x % 3 == 0 ? 300000 : 3000);
}

static void
give_back(struct block *b)
{
	if (b == NULL)
		return;
	block_check(b);
	atomic_fetch_sub(&handed_out, mg_heap_usable(b));
	hook_free(b);
}

static void *
work(void *arg)
{
	uint64_t *seed = arg;
	struct block *held[HELD] = { 0 };

	while (!atomic_load_explicit(&stress_over, memory_order_relaxed)) {
		uint64_t x = stress_random(seed);
		struct block **slot = &held[x % HELD];

		if (*slot != NULL) {
			give_back(*slot);
			*slot = NULL;
		} else if ((*slot = hook_malloc(size_of(x, stress_random(seed)))) != NULL) {
			size_t usable = mg_heap_usable(*slot);

			CHECK(atomic_fetch_add(&handed_out, usable) + usable <= LIMIT);
			block_sign(*slot, usable, x);
		} else {
			atomic_fetch_add(&refusals, 1);
			mg_heap_count_refusal();
			mg_heap_make_room(1);
		}
	}
	for (int i = 0; i < HELD; i++)
		give_back(held[i]);
	return NULL;
}

static void
watch(void)
{
	CHECK(mg_charge_now() <= LIMIT);
	CHECK(mg_charge_peak() <= LIMIT);
	CHECK(mg_slice_resident_bytes() <= LIMIT);
}

int
main(int argc, char **argv)
{
	struct mg_snapshot s = { 0 };

	mg_heap_init();
	mg_heap_use_mimalloc(hook_wants_mimalloc(argc, argv));
	mg_heap_configure(LIMIT, 256 << 10);
	stress_run(argc, argv, work, watch);
	mg_heap_make_room(1);
	mg_heap_read(&s);
	CHECK(refusals > 100);
	CHECK(s.heap_peak_bytes <= LIMIT && s.heap_peak_bytes > LIMIT / 100 * 98);
	CHECK(s.live_bytes < 1 << 20 && s.refused_allocs == refusals);
	/* All of it can be had again by one thread: no credit was lost with the threads that died.
	 */
	for (int i = 0; i < 30; i++)
		CHECK(mg_heap_malloc(1 << 20) != NULL);
	return 0;
}
