/* SPDX-License-Identifier: MIT */
#include "shim/heap/park.h"

#include "shim/base/log.h"
#include "shim/base/sys.h"
#include "shim/heap/charge.h"
#include "shim/heap/shelf.h"
#include "shim/heap/thread.h"

#include <assert.h>
#include <stdatomic.h>

#define REPORT_GAP_NS MG_NS_PER_S

static _Atomic uint64_t reported_ns;

/* ---- Taking. */

struct taking {
	uintptr_t *blocks;
	unsigned n, want;
	bool is_small;  /* may use the reserve */
	bool is_frugal; /* the ceiling is near: resident pages only */
};

/* Pages that bytes [from, to) of a slice lie in. */
static uint16_t
pages_of(uint32_t from, uint32_t to)
{
	uint32_t first = from / MG_SLICE_PAGE, last = (to - 1) / MG_SLICE_PAGE;

	return (uint16_t)((2u << last) - (1u << first));
}

static bool
make_resident(struct taking *t, struct mg_slice *s, uint16_t pages)
{
	if ((pages & ~s->resident) == 0)
		return true;
	if (t->is_frugal || !mg_slice_charge(s, pages, t->is_small)) {
		t->is_frugal = true;
		return false;
	}
	return true;
}

static void
take_from(struct taking *t, const struct mg_class *c, uint32_t number)
{
	struct mg_slice *s = mg_slice_record(number);
	uintptr_t base = (uintptr_t)mg_slice_address(number);
	uint32_t first = mg_class_first(c, number);
	uint16_t before = s->resident;

	for (unsigned w = 0; w < s->words; w++) {
		uint64_t left = s->bits[w];

		for (; left != 0 && t->n < t->want; left &= left - 1) {
			unsigned bit = (unsigned)__builtin_ctzll(left);
			uint32_t at = first + (w * 64 + bit) * c->bytes;
			uint16_t pages = pages_of(at, at + c->bytes);

			if (!make_resident(t, s, pages))
				continue;
			s->bits[w] &= ~((uint64_t)1 << bit);
			s->free--;
			t->blocks[t->n++] =
			    (base + at) | ((pages & before) == 0 ? MG_PARK_ZERO : 0);
		}
		if (t->n == t->want)
			break;
	}
}

static void
take_shelved(struct taking *t, struct mg_shelf *sh, const struct mg_class *c)
{
	for (unsigned shelf = 0; shelf <= MG_SHELF_DRY && t->n < t->want; shelf++) {
		uint32_t number = sh->first[shelf], next;

		if (shelf == MG_SHELF_DRY && t->is_frugal)
			break;
		for (; number != 0 && t->n < t->want; number = next) {
			unsigned before = t->n;

			next = mg_slice_record(number)->next;
			__builtin_prefetch(mg_slice_record(next), 1);
			take_from(t, c, number);
			if (t->is_frugal && t->n == before && shelf != MG_SHELF_DRY)
				mg_shelf_dry(sh, number);
			else
				mg_shelf_settle(sh, c, number);
		}
	}
}

unsigned
mg_park_take(unsigned class, uintptr_t *blocks, unsigned want, enum mg_slice_failure *why)
{
	struct mg_shelf *sh = &mg_shelf_of[class];
	const struct mg_class *c = &mg_classes[class];
	struct taking t = {
		.blocks = blocks, .want = want, .is_small = c->bytes <= MG_CHARGE_SMALL
	};
	uint32_t fresh;

	mg_sys_lock(&sh->lock);
	take_shelved(&t, sh, c);
	mg_sys_unlock(&sh->lock);
	*why = t.is_frugal ? MG_SLICE_CEILING : MG_SLICE_OK;
	if (t.n > 0 || t.is_frugal || (fresh = mg_shelf_prepare(class, why)) == 0)
		return t.n;
	mg_sys_lock(&sh->lock);
	mg_shelf_add(sh, fresh);
	take_from(&t, c, fresh);
	mg_shelf_settle(sh, c, fresh);
	mg_sys_unlock(&sh->lock);
	if (t.n == 0)
		*why = MG_SLICE_CEILING;
	return t.n;
}

/* ---- Parking. */

static bool
find_bit(const void *p, const struct mg_slice *s, uint64_t **word, uint64_t *bit)
{
	uint32_t number = (uint32_t)mg_slice_of(p);
	const struct mg_class *c = &mg_classes[s->class];
	uint32_t first = mg_class_first(c, number);
	uint32_t offset = (uint32_t)((uintptr_t)p & (MG_SLICE_BYTES - 1)) - first;
	uint32_t index = mg_class_index(c, offset & (MG_SLICE_BYTES - 1));

	*word = &s->bits[index / 64];
	*bit = (uint64_t)1 << index % 64;
	return offset < MG_SLICE_BYTES && index < c->blocks && index * c->bytes == offset;
}

static bool
park(unsigned class, const void *p)
{
	struct mg_slice *s = mg_slice_record((uint32_t)mg_slice_of(p));
	uint64_t *word, bit;

	if (mg_shelf_class(s) != class || !find_bit(p, s, &word, &bit) || (*word & bit) != 0)
		return false;
	*word |= bit;
	s->free++;
	return true;
}

void
mg_park_report_double(const void *p)
{
	uint64_t now_ns = mg_sys_now_ns();
	uint64_t last_ns = atomic_load_explicit(&reported_ns, memory_order_relaxed);

	if (last_ns != 0 && now_ns - last_ns < REPORT_GAP_NS)
		return;
	atomic_store_explicit(&reported_ns, now_ns, memory_order_relaxed);
	mg_log(MG_LOG_WARN,
	    "block 0x%lx was freed twice, or is none; the second release is left out",
	    (unsigned long)p);
}

static __attribute__((cold)) void
count_double_frees(unsigned n, const void *last)
{
	struct mg_counters c = { .double_frees = n };

	mg_thread_count_direct(&c);
	mg_park_report_double(last);
}

unsigned
mg_park_put(unsigned class, void *const *blocks, unsigned n)
{
	struct mg_shelf *sh = &mg_shelf_of[class];
	const struct mg_class *c = &mg_classes[class];
	uint32_t empty[MG_PARK_MAX_BATCH];
	unsigned empties = 0, bad = 0;
	const void *last_bad = NULL;

	for (unsigned i = 0; i < n; i++)
		__builtin_prefetch(mg_slice_record((uint32_t)mg_slice_of(blocks[i])), 1);
	mg_sys_lock(&sh->lock);
	for (unsigned i = 0; i < n; i++) {
		uint32_t number = (uint32_t)mg_slice_of(blocks[i]);
		struct mg_slice *s = mg_slice_record(number);

		if (!park(class, blocks[i])) {
			last_bad = blocks[i];
			bad++;
		}
		/* Neighbours in the batch are often neighbours in memory: settled once. One that is
		 * TAKEN is being prepared, and was meant by a double free. */
		if ((i + 1 < n && mg_slice_of(blocks[i + 1]) == number) ||
		    mg_shelf_class(s) != class || mg_slice_state(s) == MG_SLICE_DETACHED ||
		    mg_slice_state(s) == MG_SLICE_TAKEN)
			continue;
		if (s->free < c->blocks) {
			mg_shelf_settle(sh, c, number);
		} else {
			mg_shelf_retire(sh, number);
			empty[empties++] = number;
		}
	}
	mg_sys_unlock(&sh->lock);
	while (empties > 0)
		mg_shelf_give(empty[--empties]);
	if (bad > 0)
		count_double_frees(bad, last_bad);
	return bad;
}

bool
mg_park_is_issued(const void *p)
{
	uint32_t number = (uint32_t)mg_slice_of(p);
	struct mg_slice *s = mg_slice_record(number);
	unsigned class = __atomic_load_n(&mg_region.class[number], __ATOMIC_RELAXED);
	uint64_t *word, bit;
	bool is_issued;

	mg_sys_lock(&mg_shelf_of[class].lock);
	is_issued = class != 0 && mg_shelf_class(s) == class && find_bit(p, s, &word, &bit) &&
		    (*word & bit) == 0;
	mg_sys_unlock(&mg_shelf_of[class].lock);
	return is_issued;
}

void
mg_park_check(void)
{
	for (uint32_t number = 1; number <= mg_slice_highest(); number++) {
		unsigned class = __atomic_load_n(&mg_region.class[number], __ATOMIC_RELAXED);
		const struct mg_slice *s = mg_slice_record(number);
		unsigned free = 0;

		mg_sys_lock(&mg_shelf_of[class].lock);
		/* One that is TAKEN is being prepared, without the lock. */
		if (class != 0 && mg_shelf_class(s) == class &&
		    mg_slice_state(s) != MG_SLICE_TAKEN) {
			for (unsigned w = 0; w < s->words; w++)
				free += (unsigned)__builtin_popcountll(s->bits[w]);
			assert(free == s->free && "a slice's bits and count differ");
			assert((mg_slice_state(s) != MG_SLICE_FULL || free == 0) &&
			       "a free block is lost");
		}
		mg_sys_unlock(&mg_shelf_of[class].lock);
		(void)free;
	}
}

void
mg_park_before_fork(void)
{
	for (unsigned class = 1; class < MG_CLASS_ALL; class ++)
		mg_sys_lock(&mg_shelf_of[class].lock);
}

void
mg_park_after_fork_parent(void)
{
	for (unsigned class = 1; class < MG_CLASS_ALL; class ++)
		mg_sys_unlock(&mg_shelf_of[class].lock);
}

void
mg_park_after_fork_child(void)
{
	for (unsigned class = 0; class < MG_CLASS_ALL; class ++)
		mg_sys_reset_lock(&mg_shelf_of[class].lock);
}
