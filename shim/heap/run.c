/* SPDX-License-Identifier: MIT */
#include "shim/heap/run.h"

#include "shim/base/sys.h"
#include "shim/heap/tail.h"

#include <string.h>
#include <sys/mman.h>

static uint32_t
slices_for(uint32_t pages)
{
	return (pages + MG_SLICE_PAGES - 1) / MG_SLICE_PAGES;
}

/* Pages [from, to) of a run, as far as they lie in its i-th slice. */
static uint16_t
pages_in(uint32_t i, uint32_t from, uint32_t to)
{
	uint32_t start = i * MG_SLICE_PAGES;
	uint32_t first = from > start ? from - start : 0;
	uint32_t last = to > start ? to - start : 0;

	first = first < MG_SLICE_PAGES ? first : MG_SLICE_PAGES;
	last = last < MG_SLICE_PAGES ? last : MG_SLICE_PAGES;
	return first < last ? (uint16_t)((1u << last) - (1u << first)) : 0;
}

/* What is resident behind the first pages of a run, in its last slice. */
static uint16_t
behind(uint32_t first, uint32_t slices, uint32_t pages)
{
	return mg_slice_record(first + slices - 1)->resident &
	       (uint16_t)~pages_in(slices - 1, 0, pages);
}

/*
 * Charges pages [from, to). Those that were resident before hold old bytes, and are cleared when
 * that is wanted. On failure what was charged stays resident: it is in nobody's way, and punched
 * like any other.
 */
static bool
charge_pages(uint32_t first, uint32_t from, uint32_t to, bool want_zero)
{
	for (uint32_t i = from / MG_SLICE_PAGES; i < slices_for(to); i++) {
		struct mg_slice *s = mg_slice_record(first + i);
		uint16_t pages = pages_in(i, from, to);
		unsigned old = want_zero ? pages & s->resident : 0;

		if (!mg_slice_charge(s, pages, false))
			return false;
		for (; old != 0; old &= old - 1)
			memset(mg_slice_address(first + i) +
				   (size_t)__builtin_ctz(old) * MG_SLICE_PAGE,
			    0, MG_SLICE_PAGE);
	}
	return true;
}

void *
mg_run_alloc(size_t n, bool want_zero, enum mg_slice_failure *why)
{
	uint32_t pages = (uint32_t)((n + MG_SLICE_PAGE - 1) / MG_SLICE_PAGE);
	uint32_t slices = slices_for(pages), before = (slices - 1) * MG_SLICE_PAGES;
	uint32_t first = mg_slice_take(slices, pages - before, why);
	struct mg_slice *s = mg_slice_record(first);

	if (first == 0)
		return NULL;
	if (!charge_pages(first, 0, pages, want_zero)) {
		mg_slice_give(first, slices);
		*why = MG_SLICE_CEILING;
		return NULL;
	}
	mg_tail_add(behind(first, slices, pages));
	s->pages = pages;
	s->run = slices;
	__atomic_store_n(&s->state, MG_SLICE_RUN, __ATOMIC_RELEASE);
	return mg_slice_address(first);
}

static bool
change_state(struct mg_slice *s, uint8_t from, uint8_t to)
{
	return __atomic_compare_exchange_n(
	    &s->state, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

bool
mg_run_starts(uint32_t slice)
{
	uint8_t state = __atomic_load_n(&mg_slice_record(slice)->state, __ATOMIC_ACQUIRE);

	return state == MG_SLICE_RUN || state == MG_SLICE_TRIMMED;
}

size_t
mg_run_usable(const void *p)
{
	return mg_slice_record((uint32_t)mg_slice_of(p))->pages * MG_SLICE_PAGE;
}

/* A run that is nobody's any more. */
static void
give(uint32_t first)
{
	struct mg_slice *s = mg_slice_record(first);

	mg_tail_drop(behind(first, s->run, s->pages));
	mg_slice_give(first, s->run);
}

size_t
mg_run_free(void *p)
{
	uint32_t first = (uint32_t)mg_slice_of(p);
	struct mg_slice *s = mg_slice_record(first);
	uint32_t pages = s->pages;
	bool is_trimmed;

	if (((uintptr_t)p & (MG_SLICE_BYTES - 1)) != 0)
		return 0;
	/* Whoever trims it gives it back then. */
	while (!change_state(s, MG_SLICE_RUN, MG_SLICE_TAKEN)) {
		is_trimmed = change_state(s, MG_SLICE_TRIMMED, MG_SLICE_DROPPED);
		if (!is_trimmed && !mg_run_starts(first))
			return 0;
		if (is_trimmed)
			return pages * MG_SLICE_PAGE;
	}
	give(first);
	return pages * MG_SLICE_PAGE;
}

static bool
finish_resize(uint32_t first, bool done)
{
	struct mg_slice *s = mg_slice_record(first);

	mg_tail_add(behind(first, s->run, s->pages));
	__atomic_store_n(&s->state, MG_SLICE_RUN, __ATOMIC_RELEASE);
	return done;
}

bool
mg_run_resize(void *p, size_t n)
{
	uint32_t first = (uint32_t)mg_slice_of(p);
	struct mg_slice *s = mg_slice_record(first);
	uint32_t pages = (uint32_t)((n + MG_SLICE_PAGE - 1) / MG_SLICE_PAGE), old = s->pages;
	uint32_t slices = slices_for(pages), had = s->run;

	if (n > MG_RUN_MAX_BYTES || !change_state(s, MG_SLICE_RUN, MG_SLICE_TAKEN))
		return false;
	mg_tail_drop(behind(first, had, old));
	if (slices > had && !mg_slice_extend(first, slices - had))
		return finish_resize(first, false);
	if (pages > old && !charge_pages(first, old, pages, false)) {
		if (slices > had) {
			s->run = had;
			mg_slice_give(first + had, slices - had);
		}
		return finish_resize(first, false);
	}
	if (slices < had) {
		s->run = slices;
		mg_slice_give(first + slices, had - slices);
	}
	s->pages = pages;
	return finish_resize(first, true);
}

/* The pages behind the block in the last slice of a run, when they are so many. */
static uint64_t
trim(uint32_t first, unsigned least)
{
	struct mg_slice *s = mg_slice_record(first);
	uint64_t bytes = 0;
	uint16_t pages;

	if (!change_state(s, MG_SLICE_RUN, MG_SLICE_TRIMMED))
		return 0;
	pages = behind(first, s->run, s->pages);
	if ((unsigned)__builtin_popcount(pages) >= least &&
	    mg_sys_madvise(mg_slice_address(first) + s->pages * MG_SLICE_PAGE,
		s->run * MG_SLICE_BYTES - s->pages * MG_SLICE_PAGE, MADV_DONTNEED) == 0) {
		mg_tail_drop(pages);
		bytes =
		    mg_slice_uncharge(mg_slice_record(first + s->run - 1), pages) * MG_SLICE_PAGE;
	}
	if (!change_state(s, MG_SLICE_TRIMMED, MG_SLICE_RUN)) {
		mg_slice_set_state(s, MG_SLICE_TAKEN);
		give(first);
	}
	return bytes;
}

uint64_t
mg_run_trim(uint32_t from, uint32_t to, unsigned least)
{
	uint64_t bytes = 0;

	for (uint32_t slice = from; slice < to && slice <= mg_slice_highest(); slice++)
		if (mg_slice_state(mg_slice_record(slice)) == MG_SLICE_RUN)
			bytes += trim(slice, least);
	return bytes;
}

void
mg_run_mend(uint32_t slice)
{
	struct mg_slice *s = mg_slice_record(slice);

	if (change_state(s, MG_SLICE_TRIMMED, MG_SLICE_RUN))
		return;
	if (change_state(s, MG_SLICE_DROPPED, MG_SLICE_TAKEN))
		mg_slice_give(slice, s->run);
}
