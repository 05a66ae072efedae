/* SPDX-License-Identifier: MIT */
#include "shim/observe/thin.h"

#include "shim/base/sys.h"
#include "shim/observe/marks.h"
#include "shim/observe/samples.h"
#include "shim/observe/site.h"

#include <stdatomic.h>

#define SAMPLES_AT_ONCE 256u
#define SITES_AT_ONCE 16u

static MG_SYS_TOGETHER struct {
	_Atomic bool is_running;
	uint64_t random; /* of who runs it */
} state;

static bool
toss(void)
{
	uint64_t x = state.random != 0 ? state.random : mg_sys_now_ns() | 1;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	state.random = x;
	return (x >> 32 & 1) != 0;
}

static void
thin_sample(uint32_t i)
{
	struct mg_samples_entry *e = mg_samples_at(i), gone;

	if (e == NULL)
		return;
	if (toss()) {
		mg_site_weigh(e->slot, e->weight, e->bytes);
		e->weight *= 2;
	} else if (mg_samples_remove(e->address, &gone)) {
		mg_site_thin(gone.slot, gone.weight, gone.bytes);
	}
}

static bool
thin_samples(void)
{
	uint32_t end = 2;

	for (uint32_t i = 1; i < end; i += SAMPLES_AT_ONCE) {
		if (!mg_site_enter())
			return false;
		end = mg_samples_end();
		for (uint32_t j = i; j < end && j < i + SAMPLES_AT_ONCE; j++)
			thin_sample(j);
		mg_site_lock_leave();
	}
	return true;
}

static void
halve_sites(void)
{
	unsigned end = 1;

	for (unsigned slot = 0; slot < end; slot += SITES_AT_ONCE) {
		if (!mg_site_enter())
			return;
		end = mg_site_end();
		for (unsigned j = slot; j < end && j < slot + SITES_AT_ONCE; j++)
			mg_marks_halve(mg_site_at(j));
		mg_site_lock_leave();
	}
}

bool
mg_thin_run(void)
{
	if (atomic_exchange(&state.is_running, true))
		return false;
	if (thin_samples())
		halve_sites();
	atomic_store(&state.is_running, false);
	return true;
}

void
mg_thin_after_fork_child(void)
{
	atomic_store(&state.is_running, false);
}
