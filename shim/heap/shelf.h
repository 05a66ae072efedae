/* SPDX-License-Identifier: MIT */
/*
 * The slices of each class that have free blocks, on shelves by how many: the fullest on the first.
 * What the central store (park.h) and the puncher (punch.h) share. Everything here is under the
 * class's lock, unless it says otherwise.
 */
#ifndef MG_SHELF_H
#define MG_SHELF_H

#include "shim/base/sys.h"
#include "shim/heap/class.h"
#include "shim/heap/slice.h"

#define MG_SHELF_COUNT 8u
/* Behind them: slices that were found without a free block on a resident page. At the ceiling there
 * is nothing for anybody there, and nobody looks through them again. */
#define MG_SHELF_DRY MG_SHELF_COUNT

struct mg_shelf {
	struct mg_lock lock;
	uint32_t first[MG_SHELF_COUNT + 1];
} __attribute__((aligned(64)));

extern __attribute__((visibility("hidden"))) struct mg_shelf mg_shelf_of[MG_CLASS_ALL];

/* Puts a new slice on the last shelf; takes one off its shelf. */
void mg_shelf_add(struct mg_shelf *sh, uint32_t slice);
void mg_shelf_remove(struct mg_shelf *sh, struct mg_slice *s);
/* Puts a slice that has free blocks on the dry shelf. */
void mg_shelf_dry(struct mg_shelf *sh, uint32_t slice);
/* Puts a slice where it belongs after its count of free blocks has changed. */
void mg_shelf_settle(struct mg_shelf *sh, const struct mg_class *c, uint32_t slice);

/* Without a lock: a slice from the pool, cut into blocks of the class, all free, not on a shelf; 0
 * with *why. */
uint32_t mg_shelf_prepare(unsigned class, enum mg_slice_failure *why);
/* A slice without issued blocks belongs to nobody but the caller from here on, who gives it to the
 * pool without the lock. */
void mg_shelf_retire(struct mg_shelf *sh, uint32_t slice);
void mg_shelf_give(uint32_t slice);

/* Pages of a slice of the class (bits) that no block lies on, at its end. */
uint16_t mg_shelf_behind(const struct mg_class *c);

/* The class of a slice, as it is written by whoever owns it. */
unsigned mg_shelf_class(const struct mg_slice *s);

#endif
