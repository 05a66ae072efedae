/* SPDX-License-Identifier: MIT */
#include "shim/heap/punch.h"

#include "shim/base/sys.h"
#include "shim/heap/shelf.h"
#include "shim/heap/tail.h"

#include <sys/mman.h>

#define PUNCH_SLICES 64u
/* A step of the pool: one system call, unless a page of it is locked. */
#define PUNCH_RUN 64u

static bool
is_all_set(const uint64_t *bits, unsigned from, unsigned to)
{
	unsigned first = from / 64, last = to / 64;

	for (unsigned w = first; w <= last; w++) {
		uint64_t mask = UINT64_MAX;

		if (w == first)
			mask &= UINT64_MAX << from % 64;
		if (w == last)
			mask &= UINT64_MAX >> (63 - to % 64);
		if ((bits[w] & mask) != mask)
			return false;
	}
	return true;
}

/* Resident pages on which no issued block has a byte. */
static uint16_t
free_pages(const struct mg_slice *s, uint32_t number)
{
	const struct mg_class *c = &mg_classes[s->class];
	uint32_t first = mg_class_first(c, number);
	uint16_t pages = 0;

	for (unsigned left = s->resident; left != 0; left &= left - 1) {
		unsigned page = (unsigned)__builtin_ctz(left);
		uint32_t start = page * (uint32_t)MG_SLICE_PAGE;
		uint32_t end = start + (uint32_t)MG_SLICE_PAGE - 1 - first;
		uint32_t from = start > first ? mg_class_index(c, start - first) : 0;
		uint32_t to = mg_class_index(c, end);

		to = to < c->blocks ? to : c->blocks - 1u;
		if (from > to || is_all_set(s->bits, from, to))
			pages |= (uint16_t)(1u << page);
	}
	return pages;
}

/* Of a slice without free blocks, those behind them. */
static uint16_t
idle_pages(const struct mg_slice *s, uint32_t number)
{
	switch (mg_slice_state(s)) {
	case MG_SLICE_SHELVED: return free_pages(s, number);
	case MG_SLICE_FULL: return s->resident & mg_shelf_behind(&mg_classes[s->class]);
	}
	return 0;
}

struct detached {
	uint32_t number;
	uint16_t pages;
	uint8_t class;
};

/* Takes a slice out, when `least` pages of `among` are to be punched. */
static bool
detach(uint32_t number, uint16_t among, unsigned least, struct detached *out)
{
	struct mg_slice *s = mg_slice_record(number);
	unsigned class = __atomic_load_n(&mg_region.class[number], __ATOMIC_RELAXED);
	struct mg_shelf *sh = &mg_shelf_of[class];
	uint16_t pages = 0;
	bool is_out;

	if (class == 0)
		return false;
	mg_sys_lock(&sh->lock);
	if (mg_shelf_class(s) == class)
		pages = idle_pages(s, number) & among;
	is_out = (unsigned)__builtin_popcount(pages) >= least;
	if (is_out) {
		if (mg_slice_state(s) == MG_SLICE_SHELVED)
			mg_shelf_remove(sh, s);
		mg_slice_set_state(s, MG_SLICE_DETACHED);
	}
	mg_sys_unlock(&sh->lock);
	*out = (struct detached){ number, pages, (uint8_t) class };
	return is_out;
}

static void
attach(const struct detached *d)
{
	struct mg_shelf *sh = &mg_shelf_of[d->class];
	struct mg_slice *s = mg_slice_record(d->number);
	bool is_empty;

	mg_sys_lock(&sh->lock);
	mg_tail_drop(d->pages & mg_shelf_behind(&mg_classes[d->class]));
	mg_slice_uncharge(s, d->pages);
	mg_slice_set_state(s, MG_SLICE_FULL);
	is_empty = s->free == mg_classes[d->class].blocks;
	if (is_empty)
		mg_shelf_retire(sh, d->number);
	else
		mg_shelf_settle(sh, &mg_classes[d->class], d->number);
	mg_sys_unlock(&sh->lock);
	if (is_empty)
		mg_shelf_give(d->number);
}

static bool
punch_range(char *from, char *to)
{
	return from == to || mg_sys_madvise(from, (size_t)(to - from), MADV_DONTNEED) == 0;
}

/* One call for pages that touch, across slices too. Returns the bytes, 0 when it was refused. */
static uint64_t
punch_all(const struct detached *d, unsigned n)
{
	char *from = NULL, *to = NULL;
	uint64_t bytes = 0;

	for (unsigned i = 0; i < n; i++) {
		for (unsigned left = d[i].pages; left != 0; left &= left - 1) {
			char *page = mg_slice_address(d[i].number) +
				     (size_t)__builtin_ctz(left) * MG_SLICE_PAGE;

			if (page != to) {
				if (!punch_range(from, to))
					return 0;
				from = page;
			}
			to = page + MG_SLICE_PAGE;
			bytes += MG_SLICE_PAGE;
		}
	}
	return punch_range(from, to) ? bytes : 0;
}

/* A page that the program has locked is refused; that must not stop those around it. */
static uint64_t
punch_each(struct detached *d, unsigned n)
{
	uint64_t bytes = punch_all(d, n);

	for (unsigned i = 0; bytes == 0 && i < n; i++)
		if (punch_all(&d[i], 1) == 0)
			d[i].pages = 0;
	if (bytes == 0)
		for (unsigned i = 0; i < n; i++)
			bytes += (uint64_t)__builtin_popcount(d[i].pages) * MG_SLICE_PAGE;
	return bytes;
}

uint64_t
mg_punch_slices(uint32_t *cursor, uint32_t slices)
{
	struct detached d[PUNCH_SLICES] = { { 0 } };
	uint32_t highest = mg_slice_highest(), number = *cursor > 0 ? *cursor : 1;
	uint32_t end = number + slices;
	unsigned n = 0;
	uint64_t bytes;

	for (; number <= highest && number < end && n < PUNCH_SLICES; number++)
		n += detach(number, UINT16_MAX, 1, &d[n]);
	*cursor = number <= highest ? number : 0;
	bytes = punch_each(d, n);
	for (unsigned i = 0; i < n; i++)
		attach(&d[i]);
	return bytes;
}

uint64_t
mg_punch_behind(uint32_t slice, unsigned least)
{
	unsigned class = __atomic_load_n(&mg_region.class[slice], __ATOMIC_RELAXED);
	uint16_t behind = mg_shelf_behind(&mg_classes[class]);
	struct detached d;
	uint64_t bytes;

	if (!detach(slice, behind, least, &d))
		return 0;
	bytes = punch_each(&d, 1);
	attach(&d);
	return bytes;
}

/* Its pages may be gone or not: they stay charged until they are punched anew. */
void
mg_punch_mend(uint32_t slice)
{
	struct mg_slice *s = mg_slice_record(slice);

	if (mg_slice_state(s) == MG_SLICE_DETACHED)
		attach(&(struct detached){ slice, 0, s->class });
}

/* Gives a run back to the pool once its pages are gone. False: refused, and it is still out. */
static bool
punch_run(uint32_t first, uint32_t n, uint64_t *bytes)
{
	if (!punch_range(mg_slice_address(first), mg_slice_address(first) + n * MG_SLICE_BYTES))
		return false;
	for (uint32_t i = 0; i < n; i++)
		*bytes += mg_slice_uncharge(mg_slice_record(first + i), UINT16_MAX) * MG_SLICE_PAGE;
	mg_slice_give(first, n);
	return true;
}

uint64_t
mg_punch_pool(bool *left)
{
	uint32_t n = PUNCH_RUN, one = 1, first = mg_slice_take_resident(&n);
	uint64_t bytes = 0;

	*left = first != 0;
	if (first == 0 || punch_run(first, n, &bytes))
		return bytes;
	/* One locked page must not keep so many slices: as many again, each by itself. */
	mg_slice_give(first, n);
	for (; n > 0 && (first = mg_slice_take_resident(&one)) != 0; n--)
		if (!punch_run(first, 1, &bytes))
			mg_slice_give_locked(first, 1);
	return bytes;
}
