/* SPDX-License-Identifier: MIT */
/*
 * The region: one range of addresses that holds every small and medium block, cut into slices of
 * 64 KiB, and the pool of slices that hold no block. Memory comes in spans from mimalloc (an arena
 * over the region) and is never given back to it: free pages are punched instead. Everything about
 * a slice stands in its record, outside the slice, so that the pages of free blocks can go back to
 * the kernel at any time.
 *
 * A page is charged to the ceiling from the moment before it is handed out until after it was
 * punched; its bit in `resident` says so. The pool's lock ranks below those of classes; no system
 * call is made under it. Any thread.
 */
#ifndef MG_SLICE_H
#define MG_SLICE_H

#include "shim/base/page.h"
#include "shim/heap/region.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MG_SLICE_SHIFT 16
#define MG_SLICE_BYTES ((size_t)1 << MG_SLICE_SHIFT)
#define MG_SLICE_PAGE MG_PAGE_BYTES
#define MG_SLICE_PAGES 16u
/* A block of up to so many slices is a run in the region. */
#define MG_SLICE_MAX_RUN 16u
#define MG_SLICE_FEW_WORDS 4

enum mg_slice_state {
	MG_SLICE_OUTSIDE, /* not memgov's: mimalloc's own, or no span yet */
	MG_SLICE_POOLED,
	MG_SLICE_TAKEN,    /* out of the pool, by whoever took it */
	MG_SLICE_RUN,      /* first slice of a medium block */
	MG_SLICE_TRIMMED,  /* the same, while pages behind the block are being punched */
	MG_SLICE_DROPPED,  /* the same, freed meanwhile; or the first of a run of the pool that is
			    * being punched */
	MG_SLICE_SHELVED,  /* of a class, in the list of its shelf */
	MG_SLICE_FULL,     /* of a class, no block free */
	MG_SLICE_DETACHED, /* of a class, its pages are being punched */
	MG_SLICE_NESTED,   /* blocks for signal handlers */
};

/* Guarded by the pool's lock while POOLED, by the class's lock while of a class; a RUN by its
 * state, which whoever changes the record takes away from RUN first; else it is his who took it. 0
 * as a slice number is none. */
struct mg_slice {
	uint32_t next, prev; /* list of the shelf, or of pooled runs */
	uint32_t run;        /* slices of a run: in its first, and while pooled in its last too */
	uint32_t pages;      /* RUN: of the block */
	uint16_t free;       /* free blocks in the store */
	uint16_t resident;   /* bit per page */
	uint8_t state, class, shelf;
	uint8_t words;                    /* of bits */
	uint64_t *bits;                   /* a bit per free block; few, or apart */
	uint64_t few[MG_SLICE_FEW_WORDS]; /* for up to 256 blocks */
};

/* Number of the slice that holds p; mg_region_slices() or more when p is outside. */
static inline size_t
mg_slice_of(const void *p)
{
	return ((uintptr_t)p - mg_region.base) >> MG_SLICE_SHIFT;
}

static inline char *
mg_slice_address(uint32_t slice)
{
	return (char *)(mg_region.base + ((uintptr_t)slice << MG_SLICE_SHIFT));
}

static inline struct mg_slice *
mg_slice_record(uint32_t slice)
{
	return &mg_region.records_end[-(int64_t)slice];
}

/* False outside the region, and where mimalloc keeps something of its own in it. */
static inline bool
mg_slice_holds(const void *p)
{
	size_t slice = mg_slice_of(p);

	return slice < mg_region_slices() &&
	       __atomic_load_n(&mg_slice_record((uint32_t)slice)->state, __ATOMIC_RELAXED) !=
		   MG_SLICE_OUTSIDE;
}

/* Neighbours, sweeps and releases look at it without the lock that guards it; what they see may
 * change, unless it is their own slice's. */
static inline uint8_t
mg_slice_state(const struct mg_slice *s)
{
	return __atomic_load_n(&s->state, __ATOMIC_RELAXED);
}

static inline void
mg_slice_set_state(struct mg_slice *s, uint8_t state)
{
	__atomic_store_n(&s->state, state, __ATOMIC_RELAXED);
}

enum mg_slice_failure { MG_SLICE_OK, MG_SLICE_CEILING, MG_SLICE_SYSTEM };

/*
 * Takes n neighbouring slices out of the pool, resident ones first; a new span when there are none.
 * Of the last one the first `last_pages` will be used. Their records are TAKEN, run and resident
 * say the rest. 0 on failure: *why is the ceiling (their records did not fit) or the system.
 */
uint32_t mg_slice_take(uint32_t n, unsigned last_pages, enum mg_slice_failure *why);
/* Puts slices back; their `resident` bits stay true. */
void mg_slice_give(uint32_t first, uint32_t n);

/* The same for slices whose pages are locked: nobody tries to punch them again. */
void mg_slice_give_locked(uint32_t first, uint32_t n);

/* Takes a run of at most n slices with resident pages out of the pool, to be punched; 0 when there
 * is none. *n is its length. */
uint32_t mg_slice_take_resident(uint32_t *n);
/* Grows the RUN at `first` by taking the slices after it, when they are pooled. */
bool mg_slice_extend(uint32_t first, uint32_t n);

/* Slices that were ever part of a span: those from 1 to this number may be looked at. */
uint32_t mg_slice_highest(void);

/* Charges the pages of `want` that are not resident yet (bits), and marks them. False, and nothing
 * changed, when the ceiling forbids it. The caller owns the record. */
bool mg_slice_charge(struct mg_slice *s, uint16_t want, bool small);
/* Marks pages as gone, and gives back their charge. Returns how many there were. */
unsigned mg_slice_uncharge(struct mg_slice *s, uint16_t gone);

/* Bytes of all resident pages of slices; bytes of records, tables and spans' headers. */
uint64_t mg_slice_resident_bytes(void);
uint64_t mg_slice_own_bytes(void);
/* Charges memory of memgov's own to the ceiling and counts it. False: it does not fit. */
bool mg_slice_own(uint64_t bytes);
void mg_slice_disown(uint64_t bytes);

void mg_slice_before_fork(void);
void mg_slice_after_fork_parent(void);
void mg_slice_after_fork_child(void);

#endif
