/* SPDX-License-Identifier: MIT */
#include "shim/heap/nested.h"

#include "shim/heap/slice.h"

#include <stdatomic.h>
#include <stdint.h>

#define READY 4u
#define HEADER_BYTES 16u

struct header {
	uint32_t slice;
	uint32_t usable;
};

/*
 * The slice that is bumped, how many blocks were cut from it, and how far, in one word, so that all
 * three change at once.
 */
#define AT(slice, issued, offset) ((uint64_t)(slice) << 32 | (uint64_t)(issued) << 17 | (offset))
#define SLICE_OF(at) ((uint32_t)((at) >> 32))
#define ISSUED_OF(at) ((uint32_t)(at) >> 17)
#define OFFSET_OF(at) ((uint32_t)(at)&0x1ffff)

static _Atomic uint64_t at;
static _Atomic uint32_t ready[READY];
static _Atomic uint32_t missing = READY;
static _Atomic(void *) deferred;

/* Blocks issued less blocks freed; the first number is added when the slice is used up, so it
 * passes through 0 only at its end. */
static uint32_t *
uses_of(uint32_t slice)
{
	return &mg_slice_record(slice)->pages;
}

static bool
keep_ready(uint32_t slice)
{
	for (unsigned i = 0; i < READY; i++) {
		uint32_t empty = 0;

		if (atomic_compare_exchange_strong(&ready[i], &empty, slice)) {
			atomic_fetch_sub_explicit(&missing, 1, memory_order_relaxed);
			return true;
		}
	}
	return false;
}

void
mg_nested_make_ready(void)
{
	enum mg_slice_failure why;

	while (atomic_load_explicit(&missing, memory_order_relaxed) != 0) {
		uint32_t slice = mg_slice_take(1, MG_SLICE_PAGES, &why);

		if (slice == 0)
			return;
		mg_slice_set_state(mg_slice_record(slice), MG_SLICE_NESTED);
		*uses_of(slice) = 0;
		if (!keep_ready(slice)) {
			mg_slice_give(slice, 1);
			return;
		}
	}
}

static uint32_t
take_ready(void)
{
	for (unsigned i = 0; i < READY; i++) {
		uint32_t slice = atomic_exchange(&ready[i], 0);

		if (slice != 0) {
			atomic_fetch_add_explicit(&missing, 1, memory_order_relaxed);
			return slice;
		}
	}
	return 0;
}

/*
 * Puts a fresh slice in the place of the used up one; its pages are charged whole, because a
 * handler that allocates will do so again. False when there is none. Slices that nobody could be
 * given back here, where that could take a lock, are ready again.
 */
static bool
next_slice(uint64_t used_up)
{
	uint32_t slice = take_ready(), old = SLICE_OF(used_up);

	if (slice == 0)
		return SLICE_OF(atomic_load(&at)) != old;
	if (!mg_slice_charge(mg_slice_record(slice), UINT16_MAX, true)) {
		keep_ready(slice);
		return false;
	}
	if (!atomic_compare_exchange_strong(&at, &used_up, AT(slice, 0, 0)))
		keep_ready(slice);
	else if (old != 0 &&
		 __atomic_add_fetch(uses_of(old), ISSUED_OF(used_up), __ATOMIC_ACQ_REL) == 0)
		keep_ready(old);
	return true;
}

void *
mg_nested_alloc(size_t n, size_t align, size_t *usable_out)
{
	size_t slack = align > HEADER_BYTES ? align : 0;
	size_t bytes = (n + HEADER_BYTES - 1) / HEADER_BYTES * HEADER_BYTES;
	uint64_t seen = atomic_load(&at);
	uint32_t slice, from, to;
	uintptr_t p;

	if (n > MG_SLICE_BYTES / 2 || slack > MG_SLICE_BYTES / 4)
		return NULL;
	bytes = bytes < HEADER_BYTES ? HEADER_BYTES : bytes;
	do {
		while (SLICE_OF(seen) == 0 ||
		       OFFSET_OF(seen) + HEADER_BYTES + slack + bytes > MG_SLICE_BYTES) {
			if (!next_slice(seen))
				return NULL;
			seen = atomic_load(&at);
		}
		slice = SLICE_OF(seen);
		from = OFFSET_OF(seen);
		to = from + (uint32_t)(HEADER_BYTES + slack + bytes);
	} while (!atomic_compare_exchange_weak(&at, &seen, AT(slice, ISSUED_OF(seen) + 1, to)));
	p = (uintptr_t)mg_slice_address(slice) + from + HEADER_BYTES;
	if (slack != 0)
		p = (p + align - 1) & ~(align - 1);
	((struct header *)p)[-2] = (struct header){ slice, (uint32_t)bytes };
	*usable_out = bytes;
	return (void *)p;
}

void
mg_nested_defer(void *p)
{
	void *first = atomic_load_explicit(&deferred, memory_order_relaxed);

	do
		*(void **)p = first;
	while (!atomic_compare_exchange_weak_explicit(
	    &deferred, &first, p, memory_order_release, memory_order_relaxed));
}

void *
mg_nested_take_deferred(void)
{
	if (atomic_load_explicit(&deferred, memory_order_relaxed) == NULL)
		return NULL;
	return atomic_exchange_explicit(&deferred, NULL, memory_order_acquire);
}

void *
mg_nested_next(void *p)
{
	return *(void **)p;
}

size_t
mg_nested_usable(const void *p)
{
	return ((const struct header *)p)[-2].usable;
}

size_t
mg_nested_free(void *p)
{
	struct header *at_block = (struct header *)p - 2, h = *at_block;

	if (h.slice != mg_slice_of(p))
		return 0;
	at_block->slice = 0;
	if (__atomic_sub_fetch(uses_of(h.slice), 1, __ATOMIC_ACQ_REL) == 0)
		mg_slice_give(h.slice, 1);
	return h.usable;
}
