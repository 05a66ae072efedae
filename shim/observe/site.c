/* SPDX-License-Identifier: MIT */
#include "shim/observe/site.h"

#include "shim/base/sys.h"
#include "shim/observe/site_lock.h"

#include <stdatomic.h>
#include <string.h>

#define CHAINS 4096u

/* Pages of it that were never used do not exist. What is used first is near the start. */
struct table {
	uint16_t chains[CHAINS]; /* first slot, 0: none */
	struct mg_site slots[MG_SITES];
};

static _Atomic(struct table *) table;

static MG_SYS_TOGETHER struct {
	unsigned end, count;
	uint32_t numbers;
	uint16_t free;            /* first of the free slots below `end` */
	uint16_t longest, latest; /* ends of the list of sites that hold nothing; 0: empty */
} state = { .end = 1 };

bool
mg_site_is_open(void)
{
	return atomic_load_explicit(&table, memory_order_acquire) != NULL;
}

bool
mg_site_open(void)
{
	struct table *fresh, *seen = NULL;

	if (mg_site_is_open())
		return true;
	fresh = mg_sys_map_sparse(sizeof *fresh);
	if (fresh == NULL)
		return false;
	if (!atomic_compare_exchange_strong(&table, &seen, fresh))
		mg_sys_unmap(fresh, sizeof *fresh);
	return true;
}

/* Who waited may have found itself in a copy of the process, which starts anew. */
bool
mg_site_enter(void)
{
	if (!mg_site_lock_enter())
		return false;
	if (mg_site_is_open())
		return true;
	mg_site_lock_leave();
	return false;
}

static struct table *
get_table(void)
{
	return atomic_load_explicit(&table, memory_order_relaxed);
}

struct mg_site *
mg_site_at(unsigned slot)
{
	return &get_table()->slots[slot];
}

unsigned
mg_site_end(void)
{
	return state.end;
}

unsigned
mg_site_count(void)
{
	return state.count;
}

uint64_t
mg_site_own_bytes(void)
{
	return mg_site_is_open() ? state.end * sizeof(struct mg_site) + sizeof get_table()->chains
				 : 0;
}

/* FNV-1a, a frame at a time, and mixed at the end. */
static uint64_t
hash_of(const uint64_t *frames, unsigned depth)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (unsigned i = 0; i < depth; i++)
		h = (h ^ frames[i]) * UINT64_C(0x9e3779b97f4a7c15) ^ (h >> 29);
	return h ^ (h >> 32);
}

/* ---- The list of sites that hold nothing. */

static void
list(unsigned slot)
{
	struct mg_site *s = mg_site_at(slot);

	s->left = state.latest;
	s->came = 0;
	if (state.latest != 0)
		mg_site_at(state.latest)->came = (uint16_t)slot;
	else
		state.longest = (uint16_t)slot;
	state.latest = (uint16_t)slot;
}

static void
unlist(unsigned slot)
{
	struct mg_site *s = mg_site_at(slot);

	if (s->left != 0)
		mg_site_at(s->left)->came = s->came;
	else
		state.longest = s->came;
	if (s->came != 0)
		mg_site_at(s->came)->left = s->left;
	else
		state.latest = s->left;
}

static uint32_t
live(const struct mg_site *s)
{
	return s->in - s->out - s->thinned;
}

/* Whoever holds the first sample again, or the last one no more, changes sides. */
static void
relist(unsigned slot, uint32_t before)
{
	const struct mg_site *s = mg_site_at(slot);

	if (slot == 0 || (before == 0) == (live(s) == 0))
		return;
	if (before == 0)
		unlist(slot);
	else
		list(slot);
}

/* ---- Finding, making and dropping. */

static void
drop(unsigned slot)
{
	struct mg_site *s = mg_site_at(slot), *other = mg_site_at(0);
	uint16_t *link = &get_table()->chains[s->hash % CHAINS];

	while (*link != slot)
		link = &mg_site_at(*link)->next;
	*link = s->next;
	unlist(slot);
	other->in += s->in;
	other->out += s->in;
	other->alloc_blocks += s->alloc_blocks;
	other->alloc_bytes += s->alloc_bytes;
	if (other->last_ns < s->last_ns)
		other->last_ns = s->last_ns;
	if (other->first_ns == 0 || other->first_ns > s->first_ns)
		other->first_ns = s->first_ns;
	memset(s, 0, sizeof *s);
	s->next = state.free;
	state.free = (uint16_t)slot;
	state.count--;
}

/* 0 when every slot is taken by a site that holds something. */
static unsigned
find_room(void)
{
	unsigned slot;

	if (state.free == 0 && state.end < MG_SITES)
		return state.end++;
	if (state.free == 0 && state.longest != 0)
		drop(state.longest);
	slot = state.free;
	if (slot != 0)
		state.free = mg_site_at(slot)->next;
	return slot;
}

unsigned
mg_site_find(const uint64_t *frames, unsigned depth, uint64_t now_ns)
{
	uint64_t hash = hash_of(frames, depth);
	struct mg_site *s;
	unsigned slot;

	for (slot = get_table()->chains[hash % CHAINS]; slot != 0; slot = s->next) {
		s = mg_site_at(slot);
		if (s->hash == hash && s->depth == depth &&
		    memcmp(s->frames, frames, depth * sizeof *frames) == 0)
			return slot;
	}
	slot = find_room();
	if (slot == 0)
		return 0;
	s = mg_site_at(slot);
	s->hash = hash;
	s->number = ++state.numbers;
	s->depth = (uint8_t)depth;
	s->first_ns = s->last_ns = now_ns;
	memcpy(s->frames, frames, depth * sizeof *frames);
	s->next = get_table()->chains[hash % CHAINS];
	get_table()->chains[hash % CHAINS] = (uint16_t)slot;
	list(slot);
	state.count++;
	return slot;
}

bool
mg_site_drop(uint64_t before_ns, unsigned most)
{
	for (; most > 0; most--) {
		if (state.longest == 0 || mg_site_at(state.longest)->last_ns >= before_ns)
			return false;
		drop(state.longest);
	}
	return true;
}

/* ---- Sums. */

static void
hold(struct mg_site *s, double blocks, uint64_t bytes)
{
	s->live_blocks += blocks;
	s->live_bytes += blocks * (double)bytes;
}

void
mg_site_add(unsigned slot, double blocks, uint64_t bytes)
{
	struct mg_site *s = mg_site_at(slot);
	uint32_t before = live(s);

	s->in++;
	hold(s, blocks, bytes);
	s->alloc_blocks += blocks;
	s->alloc_bytes += blocks * (double)bytes;
	relist(slot, before);
}

/* Nothing is nothing, whatever the sums were rounded to. */
static void
let_go(struct mg_site *s, double blocks, uint64_t bytes)
{
	hold(s, -blocks, bytes);
	if (live(s) == 0 || s->live_blocks < 0)
		s->live_blocks = 0;
	if (live(s) == 0 || s->live_bytes < 0)
		s->live_bytes = 0;
}

void
mg_site_remove(unsigned slot, double blocks, uint64_t bytes)
{
	struct mg_site *s = mg_site_at(slot);
	uint32_t before = live(s);

	s->out++;
	let_go(s, blocks, bytes);
	relist(slot, before);
}

void
mg_site_restore(unsigned slot, double blocks, uint64_t bytes)
{
	struct mg_site *s = mg_site_at(slot);
	uint32_t before = live(s);

	s->out--;
	hold(s, blocks, bytes);
	if (s->alloc_bytes < s->live_bytes)
		s->alloc_bytes = s->live_bytes;
	relist(slot, before);
}

void
mg_site_thin(unsigned slot, double blocks, uint64_t bytes)
{
	struct mg_site *s = mg_site_at(slot);
	uint32_t before = live(s);

	s->thinned++;
	let_go(s, blocks, bytes);
	relist(slot, before);
}

void
mg_site_weigh(unsigned slot, double blocks, uint64_t bytes)
{
	hold(mg_site_at(slot), blocks, bytes);
}

#define SLOT_BITS 12
_Static_assert(MG_SITES == 1u << SLOT_BITS, "slots have so many bits");

uint32_t
mg_site_name(unsigned slot)
{
	return mg_site_at(slot)->number << SLOT_BITS | slot;
}

unsigned
mg_site_named(uint32_t name, bool *is_same_out)
{
	unsigned slot = name % MG_SITES;

	*is_same_out = mg_site_name(slot) == name;
	return *is_same_out ? slot : 0;
}

bool
mg_site_after_fork_child(void)
{
	if (mg_site_lock_after_fork_child())
		return true;
	mg_sys_unmap(get_table(), sizeof *get_table());
	atomic_store(&table, NULL);
	state.end = 1;
	state.count = 0;
	state.free = state.longest = state.latest = 0;
	return false;
}
