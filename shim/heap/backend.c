/* SPDX-License-Identifier: MIT */
#include "shim/heap/backend.h"

#include "shim/base/sys.h"

#include <mimalloc.h>
#include <stdatomic.h>
#include <stdint.h>

#define MIN_BLOCK 16
#define SMALL_BYTES 1024u

/*
 * mi_is_in_heap_region() of 2.x knows addresses below 20 TiB only. mimalloc asks the kernel for
 * such addresses, but blocks above 1 GiB, and all blocks where the kernel refuses the hint, lie
 * higher. Those are remembered here, by granule, so that they are not taken for another
 * allocator's.
 */
#define KNOWN_LIMIT ((uintptr_t)20 << 40)
#define GRANULE_SHIFT 22
#define HIGH_SLOTS 65536u

static _Atomic(_Atomic uint32_t *) high_granules; /* open addressing, 0 is empty, never removed */

void
mg_backend_init(void)
{
#if MI_MALLOC_VERSION < 210
	/* Free pages go back at once: a thread that sleeps never gets to a delayed decommit. */
	mi_option_set(mi_option_decommit_delay, 0);
#else
	mi_option_set(mi_option_purge_delay, 0);
#endif
	/* Looking for NUMA nodes means probing /sys inside somebody's malloc, and leaves its errno
	 * behind. */
	mi_option_set(mi_option_use_numa_nodes, 1);
}

static uint32_t
granule_of(const void *p)
{
	return (uint32_t)((uintptr_t)p >> GRANULE_SHIFT);
}

static _Atomic uint32_t *
high_table(void)
{
	_Atomic uint32_t *seen = atomic_load_explicit(&high_granules, memory_order_acquire);
	_Atomic uint32_t *fresh;

	if (seen != NULL)
		return seen;
	fresh = mg_sys_map(HIGH_SLOTS * sizeof *fresh);
	if (fresh == NULL || atomic_compare_exchange_strong(&high_granules, &seen, fresh))
		return fresh;
	mg_sys_unmap(fresh, HIGH_SLOTS * sizeof *fresh);
	return seen;
}

/* The slot that holds `granule`, or the first empty one of its run; NULL when the table is full. */
static _Atomic uint32_t *
high_slot(_Atomic uint32_t *table, uint32_t granule)
{
	for (uint32_t i = 0; i < HIGH_SLOTS; i++) {
		_Atomic uint32_t *slot = &table[(granule * 2654435761u + i) % HIGH_SLOTS];
		uint32_t seen = atomic_load_explicit(slot, memory_order_relaxed);

		if (seen == granule || seen == 0)
			return slot;
	}
	return NULL;
}

static __attribute__((cold, noinline)) void
remember_high(const void *p)
{
	_Atomic uint32_t *table = high_table();
	uint32_t granule = granule_of(p);

	while (table != NULL) {
		_Atomic uint32_t *slot = high_slot(table, granule);
		uint32_t empty = 0;

		if (slot == NULL || atomic_compare_exchange_strong(slot, &empty, granule) ||
		    empty == granule)
			return;
	}
}

static __attribute__((cold, noinline)) bool
is_known_high(const void *p)
{
	_Atomic uint32_t *table = atomic_load_explicit(&high_granules, memory_order_acquire);
	_Atomic uint32_t *slot = table != NULL ? high_slot(table, granule_of(p)) : NULL;

	return slot != NULL && atomic_load_explicit(slot, memory_order_relaxed) != 0;
}

/*
 * What small blocks hold, by words asked for, as the first block of each size said: mimalloc gives
 * the same for all of them, and asking it every time is a third of the cost of a malloc. 0 is not
 * known yet.
 */
static _Atomic uint16_t small_usable[SMALL_BYTES / 8 + 1];

static inline size_t
usable_of(const void *p, size_t n)
{
	_Atomic uint16_t *known;
	size_t usable;

	if (n > SMALL_BYTES)
		return mi_usable_size(p);
	known = &small_usable[(n + 7) / 8];
	usable = atomic_load_explicit(known, memory_order_relaxed);
	if (__builtin_expect(usable == 0, 0) && p != NULL) {
		usable = mi_usable_size(p);
		atomic_store_explicit(known, (uint16_t)usable, memory_order_relaxed);
	}
	return usable;
}

static inline void *
note(void *p)
{
	if (__builtin_expect((uintptr_t)p >= KNOWN_LIMIT, 0))
		remember_high(p);
	return p;
}

static size_t
at_least_min(size_t n)
{
	return n < MIN_BLOCK ? MIN_BLOCK : n;
}

void *
mg_backend_malloc(size_t n, size_t *usable_out)
{
	void *p = note(mi_malloc(at_least_min(n)));

	*usable_out = usable_of(p, at_least_min(n));
	return p;
}

void *
mg_backend_zalloc(size_t n, size_t *usable_out)
{
	void *p = note(mi_zalloc(at_least_min(n)));

	*usable_out = usable_of(p, at_least_min(n));
	return p;
}

void *
mg_backend_aligned(size_t n, size_t align, size_t *usable_out)
{
	void *p = note(mi_malloc_aligned(at_least_min(n), align));

	*usable_out = mi_usable_size(p);
	return p;
}

size_t
mg_backend_free(void *p)
{
	size_t usable = mi_usable_size(p);

	mi_free(p);
	return usable;
}

size_t
mg_backend_usable(const void *p)
{
	return mi_usable_size(p);
}

bool
mg_backend_fits(size_t usable, size_t n)
{
	return n <= usable && n >= usable / 2;
}

bool
mg_backend_owns(const void *p)
{
	return mi_is_in_heap_region(p) || ((uintptr_t)p >= KNOWN_LIMIT && is_known_high(p));
}

void
mg_backend_collect(void)
{
	/* A thread without a heap of its own (the governor) would not reach those of threads that
	 * have ended. */
	mi_thread_init();
	mi_collect(true);
}
