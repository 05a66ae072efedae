/* SPDX-License-Identifier: MIT */
/*
 * Size classes of small blocks: at most 12.5 % of a block above 128 bytes is lost to rounding. A
 * block is aligned to the lowest bit of its class's size: classes that are multiples of 64, 128 ...
 * 4096 serve aligned requests. Above 1 KiB sizes are chosen so that a slice's blocks fill its pages
 * to within 1 %: what is left over of a page would count against the ceiling. Class 0 is no class.
 * Behind the classes come those of samples (sample.h), fewer, so that they share pages.
 * Pure, but for the tables that mg_class_init() fills.
 */
#ifndef MG_CLASS_H
#define MG_CLASS_H

#include <stddef.h>
#include <stdint.h>

#define MG_CLASSES 67u
#define MG_CLASS_ALL 86u /* from MG_CLASSES on: of samples */
#define MG_CLASS_MAX_BYTES 32768u
#define MG_CLASS_GRAIN 16u

struct mg_class {
	uint32_t bytes;
	uint32_t inverse;                 /* block number in a slice = (offset * inverse) >> 32 */
	uint16_t blocks;                  /* in a slice */
	uint16_t colours;                 /* mask: where the first block of a slice may start */
	uint16_t first_batch, last_batch; /* blocks of a refill, of a new thread and at most */
};

extern __attribute__((visibility("hidden"))) struct mg_class mg_classes[MG_CLASS_ALL];
/* Class of a request of n bytes: [(n - 1) / 16]. */
extern __attribute__((visibility("hidden")))
uint8_t mg_class_by_size[MG_CLASS_MAX_BYTES / MG_CLASS_GRAIN];

void mg_class_init(void); /* harmless a second time */

/* The class of samples whose blocks can stand in for those of a class: as large, as aligned. */
unsigned mg_class_of_sample(unsigned class);

/* n from 1 to MG_CLASS_MAX_BYTES. */
static inline unsigned
mg_class_of(size_t n)
{
	return mg_class_by_size[(n - 1) / MG_CLASS_GRAIN];
}

/* The least class for n bytes whose blocks are aligned so; 0 when there is none. */
unsigned mg_class_of_aligned(size_t n, size_t align);

/* Offset of a slice's first block: not always 0, or all slices would compete for the same cache
 * sets. */
static inline uint32_t
mg_class_first(const struct mg_class *c, uint32_t slice)
{
	return (slice * 64) & c->colours;
}

static inline uint32_t
mg_class_index(const struct mg_class *c, uint32_t offset)
{
	return (uint32_t)(((uint64_t)offset * c->inverse) >> 32);
}

#endif
