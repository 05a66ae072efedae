// SPDX-License-Identifier: MIT
/* Large blocks of random sizes are allocated, grown, shrunk and freed under a ceiling, and change
 * hands; every block keeps its marks, and in the end nothing is live and only the table charged. */
#include "shim/heap/charge.h"
#include "shim/heap/large.h"
#include "tests/stress/stress.h"

#define LIMIT (40ull << 20)
#define SLOTS 400
#define PAGE 4096

static struct {
	pthread_mutex_t lock;
	uint64_t *p;
	size_t n;
} slots[SLOTS];

static _Atomic uint64_t refusals, moves;

static void
mark(uint64_t *p, size_t n)
{
	p[0] = (uintptr_t)p ^ n;
	p[n / 8 - 1] = n;
	for (size_t i = PAGE / 8; i < n / 8 - 1; i += PAGE)
		p[i] = i + n;
}

static void
check(const uint64_t *p, size_t n)
{
	CHECK(mg_large_usable(p) >= n);
	CHECK(p[0] == ((uintptr_t)p ^ n) && p[n / 8 - 1] == n);
	for (size_t i = PAGE / 8; i < n / 8 - 1; i += PAGE)
		CHECK(p[i] == i + n);
}

static void
make(int i, size_t n, uint64_t x)
{
	uint64_t short_of;
	struct mg_large_block b =
	    mg_large_alloc(n, x % 7 == 0 ? 1 << 20 : 16, x % 3 == 0, x % 5 != 0, &short_of);

	slots[i].p = b.p;
	slots[i].n = n;
	if (b.p == NULL) {
		atomic_fetch_add(&refusals, short_of != 0);
		return;
	}
	CHECK(b.usable >= n);
	CHECK(x % 3 != 0 || (b.is_zero && slots[i].p[0] == 0 && slots[i].p[n / 8 - 1] == 0));
	mark(b.p, n);
}

static void
resize(int i, size_t n)
{
	uint64_t short_of;
	size_t before;
	struct mg_large_block b = mg_large_resize(slots[i].p, n, &before, &short_of);

	CHECK(before >= slots[i].n);
	if (b.p == NULL) {
		CHECK(short_of != 0);
		check(slots[i].p, slots[i].n);
		return;
	}
	CHECK(((uint64_t *)b.p)[0] == ((uintptr_t)slots[i].p ^ slots[i].n));
	atomic_fetch_add(&moves, b.p != slots[i].p);
	slots[i].p = b.p;
	slots[i].n = n;
	mark(b.p, n);
}

static void *
work(void *arg)
{
	uint64_t *seed = arg;

	while (!atomic_load_explicit(&stress_over, memory_order_relaxed)) {
		uint64_t x = stress_random(seed);
		size_t n = PAGE + ((x % (4 << 20)) >> stress_random(seed) % 12) / 8 * 8;
		int i = (int)(stress_random(seed) % SLOTS);

		pthread_mutex_lock(&slots[i].lock);
		if (slots[i].p == NULL) {
			make(i, n, stress_random(seed));
		} else if (x % 3 == 0) {
			resize(i, n);
		} else {
			check(slots[i].p, slots[i].n);
			CHECK(mg_large_free(slots[i].p) >= slots[i].n);
			slots[i].p = NULL;
		}
		pthread_mutex_unlock(&slots[i].lock);
		CHECK(mg_large_usable((void *)(x * PAGE % (1 << 30))) == 0);
	}
	return NULL;
}

static void
watch(void)
{
	static uint64_t round;
	struct mg_large_sum s = mg_large_read();

	CHECK(mg_charge_now() <= LIMIT && mg_charge_peak() <= LIMIT);
	CHECK(s.live_bytes <= LIMIT && s.kept_bytes <= LIMIT);
	round++;
	if (round % 64 == 0)
		mg_large_configure((round / 64 % 3) << 24, 1000000 * (round % 5));
	if (round % 1000 == 0)
		mg_large_purge(UINT64_MAX);
}

int
main(int argc, char **argv)
{
	struct mg_large_sum s;

	for (int i = 0; i < SLOTS; i++)
		pthread_mutex_init(&slots[i].lock, NULL);
	mg_charge_configure(LIMIT, 0);
	stress_run(argc, argv, work, watch);
	for (int i = 0; i < SLOTS; i++)
		CHECK(slots[i].p == NULL || mg_large_free(slots[i].p) >= slots[i].n);
	mg_large_purge(UINT64_MAX);
	s = mg_large_read();
	CHECK(s.live_bytes == 0 && s.kept_bytes == 0 && mg_charge_now() == s.own_bytes);
	CHECK(refusals > 10 && moves > 10);
	return 0;
}
