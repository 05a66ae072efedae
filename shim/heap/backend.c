/* SPDX-License-Identifier: MIT */
#include "shim/heap/backend.h"

#include "shim/base/sys.h"

/*
 * mi_is_in_heap_region() of 2.x knows addresses below 20 TiB only. Blocks above 1 GiB, and all
 * blocks where the kernel refuses the hint, lie higher. Those are remembered here, by granule, so
 * that they are not taken for another allocator's.
 */
#define GRANULE_SHIFT 22
#define HIGH_SLOTS 65536u
/* With mimalloc's record in front, and rounded to the 4 MiB it rounds such sizes to, it fills two
 * of its 32 MiB blocks. */
#define SPAN_BYTES ((size_t)60 << 20)
#define SPAN_ALIGN ((size_t)64 << 10)
/* Of which arenas are made. */
#define BLOCK_BYTES ((size_t)32 << 20)

MG_SYS_APART _Atomic uint8_t mg_backend_known[MG_BACKEND_SEGMENTS];
_Atomic uint16_t mg_backend_small_usable[MG_BACKEND_SMALL_BYTES / 8 + 1];

_Atomic bool mg_backend_is_short;
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

static void
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

static bool
is_known_high(const void *p)
{
	_Atomic uint32_t *table = atomic_load_explicit(&high_granules, memory_order_acquire);
	_Atomic uint32_t *slot = table != NULL ? high_slot(table, granule_of(p)) : NULL;

	return slot != NULL && atomic_load_explicit(slot, memory_order_relaxed) != 0;
}

__attribute__((cold)) void
mg_backend_note_new(const void *p)
{
	size_t segment = (uintptr_t)p >> MG_BACKEND_SEGMENT_SHIFT;

	if (p == NULL)
		return;
	if (segment < MG_BACKEND_SEGMENTS)
		atomic_store_explicit(&mg_backend_known[segment], 1, memory_order_relaxed);
	else
		remember_high(p);
}

__attribute__((cold)) bool
mg_backend_owns_unknown(const void *p)
{
	return is_known_high(p);
}

bool
mg_backend_is_mimallocs(const void *p)
{
	return mi_is_in_heap_region(p);
}

void *
mg_backend_aligned(size_t n, size_t align, size_t *usable_out)
{
	void *p;

	n = n < MG_BACKEND_MIN_BYTES ? MG_BACKEND_MIN_BYTES : n;
	p = mi_malloc_aligned(n, align);
	/* 2.0.9 takes sizes that are multiples of the alignment for aligned by themselves, which
	 * they are not always. */
	if (((uintptr_t)p & (align - 1)) != 0) {
		mi_free(p);
		p = mi_malloc_aligned(n + 1, align);
	}
	mg_backend_note(p);
	*usable_out = mi_usable_size(p);
	return p;
}

bool
mg_backend_start_spans(void *base, size_t bytes)
{
	mi_arena_id_t arena;

	return mi_manage_os_memory_ex(base, bytes, false, false, true, -1, false, &arena);
}

/*
 * Under RLIMIT_DATA, and with vm.overcommit_memory=2, reserved memory may not become writable.
 * mimalloc 2 does not look at that, and crashes; so it is tried before, with other memory.
 */
static bool
can_have(size_t bytes)
{
	void *p = mg_sys_map(bytes);

	if (p != NULL)
		mg_sys_unmap(p, bytes);
	return p != NULL;
}

bool
mg_backend_can_grow(size_t n)
{
	return can_have(n + BLOCK_BYTES);
}

/*
 * From the default heap, which needs no memory of its own for so large a block; a heap bound to the
 * arena would cost every process a segment of small blocks.
 */
char *
mg_backend_span(const void *base, size_t region_bytes, size_t *bytes_out)
{
	char *p;

	if (!can_have(2 * BLOCK_BYTES)) {
		atomic_store_explicit(&mg_backend_is_short, true, memory_order_relaxed);
		return NULL;
	}
#if MI_MALLOC_VERSION < 300
	p = mi_malloc(SPAN_BYTES);
#else
	p = mi_malloc_aligned(SPAN_BYTES, SPAN_ALIGN);
#endif
	*bytes_out = SPAN_BYTES;
	if (p == NULL || (uintptr_t)p - (uintptr_t)base < region_bytes)
		return p;
	/* The arena is used up, and this comes from elsewhere. */
	mi_free(p);
	return NULL;
}

void
mg_backend_collect(void)
{
	/* A thread without a heap of its own (the governor) would not reach those of threads that
	 * have ended. */
	mi_thread_init();
	mi_collect(true);
}
