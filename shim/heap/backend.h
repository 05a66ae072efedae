/* SPDX-License-Identifier: MIT */
/*
 * mimalloc, and nothing else: this header and its .c are the only callers of mi_*. Keeps to the
 * interface that 2.x and 3.x share. Options are set through the API, never through the environment,
 * which other copies of mimalloc read too (H14). The short functions are inline because they are
 * most of what malloc and free are. Any thread.
 */
#ifndef MG_BACKEND_H
#define MG_BACKEND_H

#include "shim/base/hints.h"

#include <mimalloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MG_BACKEND_MIN_BYTES 16
#define MG_BACKEND_SMALL_BYTES 1024u
/* mimalloc asks the kernel for addresses below 20 TiB, and cuts them into segments of 32 MiB or
 * more. */
#define MG_BACKEND_SEGMENT_SHIFT 25
#define MG_BACKEND_SEGMENTS (((size_t)20 << 40) >> MG_BACKEND_SEGMENT_SHIFT)

/* Segments that blocks have come from. Never forgotten: nobody else gets memory from there. */
extern __attribute__((visibility("hidden"))) _Atomic uint8_t mg_backend_known[MG_BACKEND_SEGMENTS];

/*
 * What small blocks hold, by words asked for, as the first block of each size said: mimalloc gives
 * the same for all of them, and asking it every time is a third of the cost of a malloc. 0 is not
 * known yet.
 */
extern __attribute__((
    visibility("hidden"))) _Atomic uint16_t mg_backend_small_usable[MG_BACKEND_SMALL_BYTES / 8 + 1];

/* Once, before threads; harmless when blocks were handed out before. */
void mg_backend_init(void);

/* The rare halves of what follows. */
void mg_backend_note_new(const void *p);
bool mg_backend_owns_unknown(const void *p);

static inline bool
mg_backend_is_known(const void *p)
{
	size_t segment = (uintptr_t)p >> MG_BACKEND_SEGMENT_SHIFT;

	return MG_LIKELY(segment < MG_BACKEND_SEGMENTS) &&
	       MG_LIKELY(
		   atomic_load_explicit(&mg_backend_known[segment], memory_order_relaxed) != 0);
}

/* True for blocks of ours, false for any other address. */
static inline bool
mg_backend_owns(const void *p)
{
	return mg_backend_is_known(p) || mg_backend_owns_unknown(p);
}

/* For an address that is not one of ours: from mi_malloc all the same, which the program has called
 * itself. Those above 20 TiB are not recognised. */
bool mg_backend_is_mimallocs(const void *p);

static inline void *
mg_backend_note(void *p)
{
	if (MG_UNLIKELY(!mg_backend_is_known(p)))
		mg_backend_note_new(p);
	return p;
}

/* What a block holds; free and malloc report the same figure for it, whoever calls them. */
static inline size_t
mg_backend_usable(const void *p)
{
	return mi_usable_size(p);
}

static inline size_t
mg_backend_usable_of(const void *p, size_t n)
{
	_Atomic uint16_t *known;
	size_t usable;

	if (n > MG_BACKEND_SMALL_BYTES)
		return mi_usable_size(p);
	known = &mg_backend_small_usable[(n + 7) / 8];
	usable = atomic_load_explicit(known, memory_order_relaxed);
	if (MG_UNLIKELY(usable == 0) && p != NULL) {
		usable = mi_usable_size(p);
		atomic_store_explicit(known, (uint16_t)usable, memory_order_relaxed);
	}
	return usable;
}

/*
 * Blocks are 16-byte aligned like the C library's, also where mimalloc alone would give 8.
 * `usable_out` is what the block really holds. NULL when the system has no memory; *usable_out
 * means nothing then.
 */
static inline void *
mg_backend_malloc(size_t n, size_t *usable_out)
{
	void *p;

	n = n < MG_BACKEND_MIN_BYTES ? MG_BACKEND_MIN_BYTES : n;
	p = mg_backend_note(mi_malloc(n));
	*usable_out = mg_backend_usable_of(p, n);
	return p;
}

static inline void *
mg_backend_zalloc(size_t n, size_t *usable_out)
{
	void *p;

	n = n < MG_BACKEND_MIN_BYTES ? MG_BACKEND_MIN_BYTES : n;
	p = mg_backend_note(mi_zalloc(n));
	*usable_out = mg_backend_usable_of(p, n);
	return p;
}

static inline size_t
mg_backend_free(void *p)
{
	size_t usable = mi_usable_size(p);

	mi_free(p);
	return usable;
}

void *mg_backend_aligned(size_t n, size_t align, size_t *usable_out);

/*
 * Spans: an arena of mimalloc's over a range of reserved addresses (aligned to 64 MiB); then 64 MiB
 * of it at a time, less what mimalloc keeps for itself. Its first page may be dirty. A span
 * is zero, stays for good, and may be punched. NULL when there is no more.
 */
bool mg_backend_start_spans(void *base, size_t bytes);
char *mg_backend_span(const void *base, size_t region_bytes, size_t *bytes_out);

/* A span was refused: from then on, blocks are asked for only when there is memory for them. */
extern __attribute__((visibility("hidden"))) _Atomic bool mg_backend_is_short;
bool mg_backend_can_grow(size_t n);

/* Gives back what the calling thread's heap can spare. Cannot reach the heaps of other threads. */
void mg_backend_collect(void);

#endif
