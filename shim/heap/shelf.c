/* SPDX-License-Identifier: MIT */
#include "shim/heap/shelf.h"

#include "shim/heap/bits.h"
#include "shim/heap/tail.h"

#include <limits.h>
#include <string.h>

struct mg_shelf mg_shelf_of[MG_CLASS_ALL];

static unsigned
shelf_of(const struct mg_class *c, unsigned free)
{
	return (free * MG_SHELF_COUNT - 1) / c->blocks;
}

void
mg_shelf_remove(struct mg_shelf *sh, struct mg_slice *s)
{
	if (s->next != 0)
		mg_slice_record(s->next)->prev = s->prev;
	if (s->prev != 0)
		mg_slice_record(s->prev)->next = s->next;
	else
		sh->first[s->shelf] = s->next;
}

static void
shelve(struct mg_shelf *sh, uint32_t number, unsigned shelf)
{
	struct mg_slice *s = mg_slice_record(number);

	mg_slice_set_state(s, MG_SLICE_SHELVED);
	s->shelf = (uint8_t)shelf;
	s->prev = 0;
	s->next = sh->first[shelf];
	if (s->next != 0)
		mg_slice_record(s->next)->prev = number;
	sh->first[shelf] = number;
}

void
mg_shelf_settle(struct mg_shelf *sh, const struct mg_class *c, uint32_t number)
{
	struct mg_slice *s = mg_slice_record(number);
	unsigned shelf = s->free > 0 ? shelf_of(c, s->free) : UINT_MAX;

	if (mg_slice_state(s) == MG_SLICE_SHELVED && s->shelf == shelf)
		return;
	if (mg_slice_state(s) == MG_SLICE_SHELVED)
		mg_shelf_remove(sh, s);
	if (s->free == 0)
		mg_slice_set_state(s, MG_SLICE_FULL);
	else
		shelve(sh, number, shelf);
}

void
mg_shelf_dry(struct mg_shelf *sh, uint32_t number)
{
	mg_shelf_remove(sh, mg_slice_record(number));
	shelve(sh, number, MG_SHELF_DRY);
}

unsigned
mg_shelf_class(const struct mg_slice *s)
{
	return __atomic_load_n(&s->class, __ATOMIC_RELAXED);
}

/* Pages of a slice that blocks lie on. */
static unsigned
pages_of(const struct mg_class *c)
{
	uint32_t bytes = c->colours + (uint32_t)c->blocks * c->bytes;

	return (unsigned)((bytes + MG_SLICE_PAGE - 1) / MG_SLICE_PAGE);
}

uint16_t
mg_shelf_behind(const struct mg_class *c)
{
	return (uint16_t)(UINT32_MAX << pages_of(c));
}

uint32_t
mg_shelf_prepare(unsigned class, enum mg_slice_failure *why)
{
	const struct mg_class *c = &mg_classes[class];
	unsigned words = (c->blocks + 63u) / 64;
	uint32_t number = mg_slice_take(1, pages_of(c), why);
	struct mg_slice *s = mg_slice_record(number);

	if (number == 0)
		return 0;
	s->bits = words <= MG_SLICE_FEW_WORDS ? s->few : mg_bits_get(words);
	if (s->bits == NULL) {
		mg_slice_give(number, 1);
		*why = MG_SLICE_CEILING;
		return 0;
	}
	memset(s->bits, 0xff, words * sizeof *s->bits);
	if (c->blocks % 64 != 0)
		s->bits[words - 1] = ((uint64_t)1 << c->blocks % 64) - 1;
	s->words = (uint8_t)words;
	__atomic_store_n(&s->class, (uint8_t) class, __ATOMIC_RELAXED);
	s->free = c->blocks;
	__atomic_store_n(&mg_region.class[number], (uint8_t) class, __ATOMIC_RELAXED);
	mg_tail_add(s->resident & mg_shelf_behind(c));
	return number;
}

void
mg_shelf_retire(struct mg_shelf *sh, uint32_t number)
{
	struct mg_slice *s = mg_slice_record(number);

	if (mg_slice_state(s) == MG_SLICE_SHELVED)
		mg_shelf_remove(sh, s);
	mg_tail_drop(s->resident & mg_shelf_behind(&mg_classes[s->class]));
	mg_slice_set_state(s, MG_SLICE_TAKEN);
	__atomic_store_n(&s->class, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&mg_region.class[number], 0, __ATOMIC_RELAXED);
}

void
mg_shelf_give(uint32_t number)
{
	struct mg_slice *s = mg_slice_record(number);

	if (s->bits != s->few)
		mg_bits_put(s->bits, s->words);
	s->bits = NULL;
	mg_slice_give(number, 1);
}

void
mg_shelf_add(struct mg_shelf *sh, uint32_t slice)
{
	shelve(sh, slice, MG_SHELF_COUNT - 1);
}
