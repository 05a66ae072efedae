/* SPDX-License-Identifier: MIT */
#include "shim/heap/slice.h"

#include "shim/base/sys.h"
#include "shim/heap/charge.h"
#include "shim/heap/pool.h"

#include <stdatomic.h>

#define MAX_SLICES (MG_REGION_MAX_BYTES >> MG_SLICE_SHIFT)
#define RECORDS_PER_PAGE (MG_SLICE_PAGE / sizeof(struct mg_slice))
/* What mimalloc touches of a span, for itself: measured with 2.0.9. */
#define SPAN_OWN_BYTES (7 * MG_SLICE_PAGE)

static struct {
	struct mg_lock span_lock; /* one thread asks for a span; rank above `lock` */
	struct mg_lock lock;      /* guards the lists of pool.h, and the records of their slices */
	_Atomic uint64_t resident_pages;
	_Atomic uint64_t own_bytes;
} pool;

/* Pages of records that are charged, a bit each. */
static MG_SYS_APART uint64_t charged_records[MAX_SLICES / RECORDS_PER_PAGE / 64 + 1];

_Static_assert(sizeof(struct mg_slice) == 64, "a record is a cache line");

/* The records of these slices, and of the one behind, which becomes the first of what is left. */
static bool
charge_records(uint32_t first, uint32_t n)
{
	for (size_t page = first / RECORDS_PER_PAGE; page <= (first + n) / RECORDS_PER_PAGE;
	     page++) {
		uint64_t bit = (uint64_t)1 << page % 64;

		if (charged_records[page / 64] & bit)
			continue;
		if (!mg_slice_own(MG_SLICE_PAGE))
			return false;
		charged_records[page / 64] |= bit;
	}
	return true;
}

static uint32_t
take_pooled(uint32_t n, unsigned last_pages, enum mg_slice_failure *why)
{
	uint32_t first;

	mg_sys_lock(&pool.lock);
	first = mg_pool_find(n, last_pages);
	*why = first == 0 ? MG_SLICE_SYSTEM : MG_SLICE_OK;
	if (first != 0 && !charge_records(first, n)) {
		*why = MG_SLICE_CEILING;
		first = 0;
	}
	if (first != 0)
		mg_pool_take(first, n);
	mg_sys_unlock(&pool.lock);
	return first;
}

/* The page of a record is charged from now on. False when it was before. */
static bool
mark_records(uint32_t slice)
{
	size_t page = slice / RECORDS_PER_PAGE;
	uint64_t bit = (uint64_t)1 << page % 64;
	bool is_new = (charged_records[page / 64] & bit) == 0;

	charged_records[page / 64] |= bit;
	return is_new;
}

/* One thread at a time. */
static enum mg_slice_failure
add_span(void)
{
	size_t first, end;

	/* All that it may cost, so that a span that is there is never lost again. */
	if (!mg_slice_own(SPAN_OWN_BYTES + 2 * MG_SLICE_PAGE))
		return MG_SLICE_CEILING;
	if (!mg_region_grow(&first, &end)) {
		mg_slice_disown(SPAN_OWN_BYTES + 2 * MG_SLICE_PAGE);
		return MG_SLICE_SYSTEM;
	}
	mg_sys_lock(&pool.lock);
	if (end > mg_region_slices())
		atomic_store_explicit(&mg_region.slices, end, memory_order_release);
	mg_slice_disown(
	    (2u - mark_records((uint32_t)first) - mark_records((uint32_t)end - 1)) * MG_SLICE_PAGE);
	mg_pool_add((uint32_t)first, (uint32_t)(end - first), MG_POOL_PUNCHED);
	mg_sys_unlock(&pool.lock);
	return MG_SLICE_OK;
}

uint32_t
mg_slice_take(uint32_t n, unsigned last_pages, enum mg_slice_failure *why)
{
	uint32_t first = take_pooled(n, last_pages, why);

	if (*why != MG_SLICE_SYSTEM)
		return first;
	mg_sys_lock(&pool.span_lock);
	first = take_pooled(n, last_pages, why);
	if (*why == MG_SLICE_SYSTEM && (*why = add_span()) == MG_SLICE_OK)
		first = take_pooled(n, last_pages, why);
	mg_sys_unlock(&pool.span_lock);
	return first;
}

static void
give(uint32_t first, uint32_t n, enum mg_pool_kind kind)
{
	mg_sys_lock(&pool.lock);
	for (uint32_t i = 0; i < n; i++)
		mg_slice_set_state(mg_slice_record(first + i), MG_SLICE_TAKEN);
	mg_pool_add(first, n, kind);
	mg_sys_unlock(&pool.lock);
}

void
mg_slice_give(uint32_t first, uint32_t n)
{
	uint16_t last = mg_slice_record(first + n - 1)->resident, any = 0;

	for (uint32_t i = 0; i < n; i++)
		any |= mg_slice_record(first + i)->resident;
	if (any == 0)
		give(first, n, MG_POOL_PUNCHED);
	else
		give(first, n, mg_pool_is_short(n, last) ? MG_POOL_SHORT : MG_POOL_RESIDENT);
}

void
mg_slice_give_locked(uint32_t first, uint32_t n)
{
	give(first, n, MG_POOL_PUNCHED);
}

uint32_t
mg_slice_take_resident(uint32_t *n)
{
	uint32_t first;

	mg_sys_lock(&pool.lock);
	first = mg_pool_find_resident();
	if (first != 0) {
		if (mg_slice_record(first)->run < *n)
			*n = mg_slice_record(first)->run;
		mg_pool_take(first, *n);
		/* A fork child finds it by that, and gives it back. */
		mg_slice_set_state(mg_slice_record(first), MG_SLICE_DROPPED);
	}
	mg_sys_unlock(&pool.lock);
	return first;
}

bool
mg_slice_extend(uint32_t first, uint32_t n)
{
	struct mg_slice *s = mg_slice_record(first);
	uint32_t next, run;
	bool done = false;

	mg_sys_lock(&pool.lock);
	run = s->run;
	next = first + run;
	if (next < mg_region_slices() && mg_slice_state(mg_slice_record(next)) == MG_SLICE_POOLED &&
	    mg_slice_record(next)->run >= n && charge_records(next, n)) {
		mg_pool_take(next, n);
		s->run = run + n;
		done = true;
	}
	mg_sys_unlock(&pool.lock);
	return done;
}

uint32_t
mg_slice_highest(void)
{
	size_t slices = atomic_load_explicit(&mg_region.slices, memory_order_acquire);

	return slices > 0 ? (uint32_t)slices - 1 : 0;
}

/* ---- Pages. */

bool
mg_slice_charge(struct mg_slice *s, uint16_t want, bool small)
{
	uint16_t missing = (uint16_t)(want & ~s->resident);
	unsigned pages = (unsigned)__builtin_popcount(missing);

	if (pages == 0)
		return true;
	if (mg_charge_take(pages * MG_SLICE_PAGE, 0, small) == 0)
		return false;
	atomic_fetch_add_explicit(&pool.resident_pages, pages, memory_order_relaxed);
	s->resident |= missing;
	return true;
}

unsigned
mg_slice_uncharge(struct mg_slice *s, uint16_t gone)
{
	unsigned pages = (unsigned)__builtin_popcount(gone & s->resident);

	s->resident &= (uint16_t)~gone;
	if (pages > 0) {
		atomic_fetch_sub_explicit(&pool.resident_pages, pages, memory_order_relaxed);
		mg_charge_give(pages * MG_SLICE_PAGE);
	}
	return pages;
}

uint64_t
mg_slice_resident_bytes(void)
{
	return atomic_load_explicit(&pool.resident_pages, memory_order_relaxed) * MG_SLICE_PAGE;
}

uint64_t
mg_slice_own_bytes(void)
{
	return atomic_load_explicit(&pool.own_bytes, memory_order_relaxed);
}

bool
mg_slice_own(uint64_t bytes)
{
	if (mg_charge_take(bytes, 0, true) == 0)
		return false;
	atomic_fetch_add_explicit(&pool.own_bytes, bytes, memory_order_relaxed);
	return true;
}

void
mg_slice_disown(uint64_t bytes)
{
	mg_charge_give(bytes);
	atomic_fetch_sub_explicit(&pool.own_bytes, bytes, memory_order_relaxed);
}

void
mg_slice_before_fork(void)
{
	mg_sys_lock(&pool.span_lock);
	mg_sys_lock(&pool.lock);
}

void
mg_slice_after_fork_parent(void)
{
	mg_sys_unlock(&pool.lock);
	mg_sys_unlock(&pool.span_lock);
}

void
mg_slice_after_fork_child(void)
{
	mg_sys_reset_lock(&pool.lock);
	mg_sys_reset_lock(&pool.span_lock);
}
