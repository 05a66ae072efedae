/* SPDX-License-Identifier: MIT */
#include "shim/observe/samples.h"

#include "tests/unit/support.h"

#include <stdlib.h>
#include <string.h>

static void
start(void)
{
	cr_assert(mg_samples_open());
}

TestSuite(samples, .init = start);

static bool
add(uintptr_t address)
{
	struct mg_samples_entry e = {
		.address = address, .bytes = address * 3, .weight = 2, .slot = 7
	};

	return mg_samples_add(&e);
}

Test(samples, finds_what_was_added_once)
{
	struct mg_samples_entry e;

	cr_expect(not(mg_samples_remove(4096, &e)));
	cr_expect(add(4096));
	cr_expect(not(mg_samples_remove(4112, &e)));
	cr_expect(mg_samples_remove(4096, &e));
	cr_expect(eq(u64, e.bytes, 3 * 4096));
	cr_expect(eq(u32, e.slot, 7));
	cr_expect(not(mg_samples_remove(4096, &e)));
	cr_expect(zero(u32, mg_samples_count()));
}

/* Against an array that is one entry for each address. */
Test(samples, agrees_with_an_array)
{
	static bool is_there[20000];
	uint32_t n = 0;

	srand(7);
	for (int i = 0; i < 300000; i++) {
		unsigned k = (unsigned)rand() % ROWS(is_there);
		uintptr_t address = 0x7f0000000000 + (k % 2 ? k * 16ull : k * 65536ull);
		struct mg_samples_entry e;

		if (is_there[k]) {
			cr_assert(mg_samples_remove(address, &e));
			cr_assert(eq(u64, e.address, address));
		} else {
			cr_assert(not(mg_samples_remove(address, &e)));
			cr_assert(add(address));
		}
		n += is_there[k] ? UINT32_MAX : 1;
		is_there[k] = !is_there[k];
		cr_assert(eq(u32, mg_samples_count(), n));
	}
	for (uint32_t i = 1; i < mg_samples_end(); i++)
		n -= mg_samples_at(i) != NULL;
	cr_expect(zero(u32, n), "all are to be seen");
}

Test(samples, is_bounded_and_uses_places_again)
{
	struct mg_samples_entry e;
	uint64_t own_bytes;

	for (uintptr_t i = 1; i <= MG_SITES_SAMPLES; i++)
		cr_assert(add(i * 48));
	cr_expect(not(add(16)));
	cr_expect(eq(u32, mg_samples_count(), MG_SITES_SAMPLES));
	own_bytes = mg_samples_own_bytes();
	for (uintptr_t i = 1; i <= MG_SITES_SAMPLES; i++)
		cr_assert(mg_samples_remove(i * 48, &e));
	for (uintptr_t i = 1; i <= MG_SITES_SAMPLES; i++)
		cr_assert(add(i * 4096));
	cr_expect(eq(u64, mg_samples_own_bytes(), own_bytes));
	cr_expect(lt(u64, own_bytes, 3 * MB));
}

Test(samples, costs_little_where_there_are_few)
{
	for (uintptr_t i = 1; i <= 50; i++)
		add(i * 64);
	cr_expect(lt(u64, mg_samples_own_bytes(), 4 * KB));
}

Test(samples, starts_empty_after_a_reset)
{
	struct mg_samples_entry e;

	add(64);
	mg_samples_reset();
	cr_expect(zero(u64, mg_samples_own_bytes()));
	cr_assert(mg_samples_open());
	cr_expect(not(mg_samples_remove(64, &e)));
	cr_expect(add(64) && mg_samples_count() == 1);
}
