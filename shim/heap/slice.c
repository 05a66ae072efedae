/* SPDX-License-Identifier: MIT */
#include "shim/heap/slice.h"

#include "shim/base/sys.h"
#include "shim/heap/charge.h"

#include <stdatomic.h>

#define MAX_SLICES (MG_REGION_MAX_BYTES >> MG_SLICE_SHIFT)
#define RECORDS_PER_PAGE (MG_SLICE_PAGE / sizeof(struct mg_slice))
#define LISTS (MG_SLICE_MAX_RUN + 2) /* by length; the last is for all longer ones */
/* What mimalloc touches of a span, for itself: measured with 2.0.9. */
#define SPAN_OWN_BYTES (7 * MG_SLICE_PAGE)

enum kind { PUNCHED, RESIDENT, KINDS };

static struct {
	struct mg_lock span_lock; /* one thread asks for a span; rank above `lock` */
	struct mg_lock lock;      /* guards all that follows, and the records of pooled slices */
	uint32_t first[KINDS][LISTS];
	uint32_t filled[KINDS]; /* bit per list that is not empty */
	_Atomic uint64_t resident_pages;
	_Atomic uint64_t own_bytes;
} pool;

/* Pages of records that are charged, a bit each. */
static MG_SYS_APART uint64_t charged_records[MAX_SLICES / RECORDS_PER_PAGE / 64 + 1];

_Static_assert(sizeof(struct mg_slice) == 64, "a record is a cache line");

/* ---- The pool: runs of free slices, in lists by length, apart by whether they have resident
 * pages. */

static unsigned
list_of(uint32_t run)
{
	return run < LISTS - 1 ? run : LISTS - 1;
}

/* Written in both ends, so that a neighbour finds the other end. */
static void
add_run(uint32_t first, uint32_t n, enum kind kind)
{
	struct mg_slice *s = mg_slice_record(first), *last = mg_slice_record(first + n - 1);
	unsigned list = list_of(n);

	mg_slice_set_state(s, MG_SLICE_POOLED);
	mg_slice_set_state(last, MG_SLICE_POOLED);
	last->run = s->run = n;
	last->shelf = s->shelf = kind;
	s->prev = 0;
	s->next = pool.first[kind][list];
	if (s->next != 0)
		mg_slice_record(s->next)->prev = first;
	pool.first[kind][list] = first;
	pool.filled[kind] |= 1u << list;
}

static void
remove_run(uint32_t first)
{
	struct mg_slice *s = mg_slice_record(first);
	unsigned list = list_of(s->run);

	if (s->next != 0)
		mg_slice_record(s->next)->prev = s->prev;
	if (s->prev != 0)
		mg_slice_record(s->prev)->next = s->next;
	else
		pool.first[s->shelf][list] = s->next;
	if (pool.first[s->shelf][list] == 0)
		pool.filled[s->shelf] &= ~(1u << list);
}

static bool
is_pooled(uint32_t slice, enum kind kind)
{
	const struct mg_slice *s = mg_slice_record(slice);

	return mg_slice_state(s) == MG_SLICE_POOLED && s->shelf == kind;
}

/* Runs of one kind grow together. Inner slices of a run look TAKEN, so only ends are seen. */
static void
add_joined(uint32_t first, uint32_t n, enum kind kind)
{
	uint32_t after = first + n;

	if (first > 1 && is_pooled(first - 1, kind)) {
		uint32_t before = mg_slice_record(first - 1)->run;

		remove_run(first - before);
		mg_slice_set_state(mg_slice_record(first - 1), MG_SLICE_TAKEN);
		first -= before;
		n += before;
	}
	if (after < mg_region_slices() && is_pooled(after, kind)) {
		uint32_t more = mg_slice_record(after)->run;

		remove_run(after);
		mg_slice_set_state(mg_slice_record(after), MG_SLICE_TAKEN);
		n += more;
	}
	add_run(first, n, kind);
}

/* The shortest run of a list that will do; the last list holds runs of many lengths. */
static uint32_t
find_run(enum kind kind, uint32_t n)
{
	uint32_t fitting = pool.filled[kind] >> list_of(n) << list_of(n), found;

	while (fitting != 0) {
		unsigned list = (unsigned)__builtin_ctz(fitting);

		for (found = pool.first[kind][list]; found != 0;
		     found = mg_slice_record(found)->next)
			if (mg_slice_record(found)->run >= n)
				return found;
		fitting &= fitting - 1;
	}
	return 0;
}

static void
take_front(uint32_t first, uint32_t n)
{
	struct mg_slice *s = mg_slice_record(first);
	uint32_t run = s->run;
	enum kind kind = s->shelf;

	remove_run(first);
	mg_slice_set_state(mg_slice_record(first + run - 1), MG_SLICE_TAKEN);
	for (uint32_t i = 0; i < n; i++)
		mg_slice_set_state(mg_slice_record(first + i), MG_SLICE_TAKEN);
	s->run = n;
	if (run > n)
		add_run(first + n, run - n, kind);
}

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
take_pooled(uint32_t n, enum mg_slice_failure *why)
{
	uint32_t first;

	mg_sys_lock(&pool.lock);
	first = find_run(RESIDENT, n);
	if (first == 0)
		first = find_run(PUNCHED, n);
	*why = first == 0 ? MG_SLICE_SYSTEM : MG_SLICE_OK;
	if (first != 0 && !charge_records(first, n)) {
		*why = MG_SLICE_CEILING;
		first = 0;
	}
	if (first != 0)
		take_front(first, n);
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
	add_joined((uint32_t)first, (uint32_t)(end - first), PUNCHED);
	mg_sys_unlock(&pool.lock);
	return MG_SLICE_OK;
}

uint32_t
mg_slice_take(uint32_t n, enum mg_slice_failure *why)
{
	uint32_t first = take_pooled(n, why);

	if (*why != MG_SLICE_SYSTEM)
		return first;
	mg_sys_lock(&pool.span_lock);
	first = take_pooled(n, why);
	if (*why == MG_SLICE_SYSTEM && (*why = add_span()) == MG_SLICE_OK)
		first = take_pooled(n, why);
	mg_sys_unlock(&pool.span_lock);
	return first;
}

static void
give(uint32_t first, uint32_t n, enum kind kind)
{
	mg_sys_lock(&pool.lock);
	for (uint32_t i = 0; i < n; i++)
		mg_slice_set_state(mg_slice_record(first + i), MG_SLICE_TAKEN);
	add_joined(first, n, kind);
	mg_sys_unlock(&pool.lock);
}

void
mg_slice_give(uint32_t first, uint32_t n)
{
	enum kind kind = PUNCHED;

	for (uint32_t i = 0; i < n; i++)
		if (mg_slice_record(first + i)->resident != 0)
			kind = RESIDENT;
	give(first, n, kind);
}

void
mg_slice_give_locked(uint32_t first, uint32_t n)
{
	give(first, n, PUNCHED);
}

uint32_t
mg_slice_take_resident(uint32_t *n)
{
	uint32_t first = 0;

	mg_sys_lock(&pool.lock);
	if (pool.filled[RESIDENT] != 0) {
		first = pool.first[RESIDENT][__builtin_ctz(pool.filled[RESIDENT])];
		if (mg_slice_record(first)->run < *n)
			*n = mg_slice_record(first)->run;
		take_front(first, *n);
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
		take_front(next, n);
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
