// SPDX-License-Identifier: MIT
/* The charge alone: takes and gives in odd batches while limit and reserve change; in the end
 * nothing is charged. */
#include "shim/heap/charge.h"
#include "tests/stress/stress.h"

#define LIMIT (64ull << 20)

static _Atomic uint64_t refusals;

static void *
work(void *arg)
{
	uint64_t *seed = arg, held = 0;

	while (!atomic_load_explicit(&stress_over, memory_order_relaxed)) {
		uint64_t x = stress_random(seed), need = 1 + x % (4 << 20), got;

		if (x % 5 == 0) {
			mg_charge_give(held);
			held = 0;
			continue;
		}
		got = mg_charge_take(need, x % 100000, need <= MG_CHARGE_SMALL);
		CHECK(got == 0 || (got >= need && got <= need + x % 100000));
		held += got;
		CHECK(held <= LIMIT);
		if (got == 0) {
			mg_charge_open_reserve();
			atomic_fetch_add(&refusals, 1);
		}
	}
	mg_charge_give(held);
	return NULL;
}

static void
watch(void)
{
	static uint64_t round;

	mg_charge_configure(LIMIT - round % 7 * 4096, round % 5 * 100000);
	round++;
	CHECK(mg_charge_now() <= LIMIT && mg_charge_peak() <= LIMIT);
}

int
main(int argc, char **argv)
{
	mg_charge_configure(LIMIT, 1 << 20);
	stress_run(argc, argv, work, watch);
	CHECK(mg_charge_now() == 0 && refusals > 10);
	return 0;
}
