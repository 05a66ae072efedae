/* SPDX-License-Identifier: MIT */
#include "shim/heap/tail.h"

#include "shim/base/sys.h"
#include "shim/heap/punch.h"
#include "shim/heap/run.h"
#include "shim/heap/slice.h"

#include <stdatomic.h>

/* A system call for less costs more than it gives. */
#define LEAST_PAGES 2
#define SLICES_AT_ONCE 100u
/* Tails are let be up to this part of what slices hold. With less, blocks that come and go at many
 * sizes pay for it in page faults: sections `large` and `servers` of `make bench` say how much. */
#define SHARE 24
/* What slices may grow by when there was nothing to punch (locked pages), until the next look. */
#define GAP_BYTES ((uint64_t)1 << 20)

static struct {
	struct mg_lock lock;          /* one thread trims; nobody waits for it */
	uint32_t cursor;              /* the slice that was looked at last */
	uint32_t vain;                /* slices that were looked at since one gave something */
	_Atomic int64_t pages;        /* of all tails; in a fork child a few more or less */
	_Atomic uint64_t until_bytes; /* the most that slices have held when nothing was due */
} state;

static int64_t
count(uint16_t behind)
{
	int pages = __builtin_popcount(behind);

	return pages < LEAST_PAGES ? 0 : pages;
}

void
mg_tail_add(uint16_t behind)
{
	if (count(behind) != 0)
		atomic_fetch_add_explicit(&state.pages, count(behind), memory_order_relaxed);
}

void
mg_tail_drop(uint16_t behind)
{
	if (count(behind) != 0)
		atomic_fetch_sub_explicit(&state.pages, count(behind), memory_order_relaxed);
}

uint64_t
mg_tail_bytes(void)
{
	int64_t pages = atomic_load_explicit(&state.pages, memory_order_relaxed);

	return pages > 0 ? (uint64_t)pages * MG_SLICE_PAGE : 0;
}

bool
mg_tail_is_due(void)
{
	uint64_t now_bytes = mg_slice_resident_bytes();

	if (now_bytes <= atomic_load_explicit(&state.until_bytes, memory_order_relaxed))
		return false;
	if (mg_tail_bytes() > now_bytes / SHARE)
		return true;
	atomic_store_explicit(&state.until_bytes, now_bytes, memory_order_relaxed);
	return false;
}

static void
trim_next(void)
{
	state.cursor = state.cursor < mg_slice_highest() ? state.cursor + 1 : 1;
	if (mg_run_trim(state.cursor, state.cursor + 1, LEAST_PAGES) != 0 ||
	    mg_punch_behind(state.cursor, LEAST_PAGES) != 0)
		state.vain = 0;
	else
		state.vain++;
}

void
mg_tail_trim(void)
{
	if (!mg_sys_trylock(&state.lock))
		return;
	for (uint32_t i = 0; i < SLICES_AT_ONCE && mg_tail_is_due(); i++)
		trim_next();
	if (state.vain > mg_slice_highest()) {
		state.vain = 0;
		atomic_store_explicit(&state.until_bytes, mg_slice_resident_bytes() + GAP_BYTES,
		    memory_order_relaxed);
	}
	mg_sys_unlock(&state.lock);
}

void
mg_tail_after_fork_child(void)
{
	mg_sys_reset_lock(&state.lock);
}
