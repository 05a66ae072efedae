/* SPDX-License-Identifier: MIT */
#include "shim/observe/samples.h"

#include "shim/base/sys.h"

#include <stdatomic.h>
#include <string.h>

#define FEWEST_CHAINS 64u

/* Pages of it that were never used do not exist. What is used first is near the start: one page
 * table for a fork to copy. */
struct table {
	uint32_t chains[MG_SITES_SAMPLES];                     /* first entry, 0: none */
	struct mg_samples_entry entries[MG_SITES_SAMPLES + 1]; /* the first one is not used */
};

static _Atomic(struct table *) table;

static struct {
	uint32_t count, end;
	uint32_t free; /* first of the free entries below `end` */
	uint32_t chains;
} state = { .end = 1, .chains = FEWEST_CHAINS };

bool
mg_samples_open(void)
{
	struct table *fresh, *seen = NULL;

	if (atomic_load_explicit(&table, memory_order_acquire) != NULL)
		return true;
	fresh = mg_sys_map_sparse(sizeof *fresh);
	if (fresh == NULL)
		return false;
	if (!atomic_compare_exchange_strong(&table, &seen, fresh))
		mg_sys_unmap(fresh, sizeof *fresh);
	return true;
}

static struct table *
get_table(void)
{
	return atomic_load_explicit(&table, memory_order_relaxed);
}

uint32_t
mg_samples_end(void)
{
	return state.end;
}

uint32_t
mg_samples_count(void)
{
	return state.count;
}

uint64_t
mg_samples_own_bytes(void)
{
	if (get_table() == NULL)
		return 0;
	return state.end * sizeof(struct mg_samples_entry) + state.chains * sizeof(uint32_t);
}

struct mg_samples_entry *
mg_samples_at(uint32_t i)
{
	struct mg_samples_entry *e = &get_table()->entries[i];

	return e->address != 0 ? e : NULL;
}

/* Blocks lie 16 bytes apart at least. */
static uint64_t
hash_of(uintptr_t address)
{
	uint64_t h = (address >> 4) * UINT64_C(0x9e3779b97f4a7c15);

	return h ^ (h >> 32);
}

/* With more chains than a power of two, those that were split already are told apart by a bit more.
 */
static uint32_t
chain_of(uintptr_t address)
{
	uint32_t low = UINT32_C(1) << (31 - __builtin_clz(state.chains));
	uint32_t chain = (uint32_t)hash_of(address) & (2 * low - 1);

	return chain < state.chains ? chain : chain & (low - 1);
}

static void
push(uint32_t i)
{
	struct mg_samples_entry *e = &get_table()->entries[i];
	uint32_t *first = &get_table()->chains[chain_of(e->address)];

	e->next = *first;
	*first = i;
}

/* One chain more: it takes its part of the one it was split from. */
static void
split(void)
{
	uint32_t low = UINT32_C(1) << (31 - __builtin_clz(state.chains));
	uint32_t from = state.chains - low;
	uint32_t i = get_table()->chains[from], next;

	get_table()->chains[from] = 0;
	state.chains++;
	for (; i != 0; i = next) {
		next = get_table()->entries[i].next;
		push(i);
	}
}

bool
mg_samples_add(const struct mg_samples_entry *e)
{
	uint32_t i = state.free;

	if (i != 0)
		state.free = get_table()->entries[i].next;
	else if (state.end > MG_SITES_SAMPLES)
		return false;
	else
		i = state.end++;
	get_table()->entries[i] = *e;
	push(i);
	state.count++;
	if (state.count > state.chains && state.chains < MG_SITES_SAMPLES)
		split();
	return true;
}

bool
mg_samples_remove(uintptr_t address, struct mg_samples_entry *out)
{
	uint32_t *link = &get_table()->chains[chain_of(address)], i;

	for (; *link != 0; link = &get_table()->entries[*link].next)
		if (get_table()->entries[*link].address == address)
			break;
	i = *link;
	if (i == 0)
		return false;
	*out = get_table()->entries[i];
	*link = out->next;
	get_table()->entries[i] = (struct mg_samples_entry){ .next = state.free };
	state.free = i;
	state.count--;
	return true;
}

void
mg_samples_reset(void)
{
	struct table *old = atomic_exchange(&table, NULL);

	if (old != NULL)
		mg_sys_unmap(old, sizeof *old);
	state.count = state.free = 0;
	state.end = 1;
	state.chains = FEWEST_CHAINS;
}
