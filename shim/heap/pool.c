/* SPDX-License-Identifier: MIT */
#include "shim/heap/pool.h"

#define LISTS (MG_SLICE_MAX_RUN + 2) /* by length; the last is for all longer ones */
/* Pages of its last slice that a short run may have. */
#define SHORT_PAGES (MG_SLICE_PAGES - 2)
/* Others wait for the lock. */
#define JOIN_AT_ONCE 64

static struct {
	uint32_t first[MG_POOL_KINDS][LISTS];
	uint32_t filled[MG_POOL_KINDS]; /* bit per list that is not empty */
} pool;

static unsigned
list_of(uint32_t run)
{
	return run < LISTS - 1 ? run : LISTS - 1;
}

/* Written in both ends, so that a neighbour finds the other end. */
static void
add_run(uint32_t first, uint32_t n, enum mg_pool_kind kind)
{
	struct mg_slice *s = mg_slice_record(first), *last = mg_slice_record(first + n - 1);
	unsigned list = list_of(n);

	mg_slice_set_state(s, MG_SLICE_POOLED);
	mg_slice_set_state(last, MG_SLICE_POOLED);
	last->run = s->run = n;
	last->shelf = s->shelf = kind;
	s->prev = 0;
	s->next = pool.first[kind][list];
	if (s->next != 0)
		mg_slice_record(s->next)->prev = first;
	pool.first[kind][list] = first;
	pool.filled[kind] |= 1u << list;
}

/* Its ends are TAKEN then. Returns its length. */
static uint32_t
remove_run(uint32_t first)
{
	struct mg_slice *s = mg_slice_record(first);
	unsigned list = list_of(s->run);

	if (s->next != 0)
		mg_slice_record(s->next)->prev = s->prev;
	if (s->prev != 0)
		mg_slice_record(s->prev)->next = s->next;
	else
		pool.first[s->shelf][list] = s->next;
	if (pool.first[s->shelf][list] == 0)
		pool.filled[s->shelf] &= ~(1u << list);
	mg_slice_set_state(s, MG_SLICE_TAKEN);
	mg_slice_set_state(mg_slice_record(first + s->run - 1), MG_SLICE_TAKEN);
	return s->run;
}

static bool
is_pooled(uint32_t slice, enum mg_pool_kind kind)
{
	const struct mg_slice *s = mg_slice_record(slice);

	return mg_slice_state(s) == MG_SLICE_POOLED && s->shelf == kind;
}

/* Runs of one kind grow together. Inner slices of a run look TAKEN, so only ends are seen. */
static void
add_joined(uint32_t first, uint32_t n, enum mg_pool_kind kind)
{
	uint32_t after = first + n;

	if (first > 1 && is_pooled(first - 1, kind)) {
		first -= mg_slice_record(first - 1)->run;
		n += remove_run(first);
	}
	if (after < mg_region_slices() && is_pooled(after, kind))
		n += remove_run(after);
	add_run(first, n, kind);
}

bool
mg_pool_is_short(uint32_t n, uint16_t last)
{
	return n <= MG_SLICE_MAX_RUN && last >> SHORT_PAGES == 0;
}

void
mg_pool_add(uint32_t first, uint32_t n, enum mg_pool_kind kind)
{
	if (kind == MG_POOL_SHORT)
		add_run(first, n, kind);
	else
		add_joined(first, n, kind);
}

/* The shortest run of a list that will do; the last list holds runs of many lengths. */
static uint32_t
find_run(enum mg_pool_kind kind, uint32_t n)
{
	uint32_t fitting = pool.filled[kind] >> list_of(n) << list_of(n), found;

	while (fitting != 0) {
		unsigned list = (unsigned)__builtin_ctz(fitting);

		for (found = pool.first[kind][list]; found != 0;
		     found = mg_slice_record(found)->next)
			if (mg_slice_record(found)->run >= n)
				return found;
		fitting &= fitting - 1;
	}
	return 0;
}

/* Some short runs become resident ones like others. */
static void
join_short(void)
{
	for (int i = 0; i < JOIN_AT_ONCE && pool.filled[MG_POOL_SHORT] != 0; i++) {
		unsigned list = (unsigned)__builtin_ctz(pool.filled[MG_POOL_SHORT]);
		uint32_t first = pool.first[MG_POOL_SHORT][list];

		add_joined(first, remove_run(first), MG_POOL_RESIDENT);
	}
}

uint32_t
mg_pool_find(uint32_t n, unsigned last_pages)
{
	uint32_t first = 0;

	if (n <= MG_SLICE_MAX_RUN && last_pages <= SHORT_PAGES)
		first = pool.first[MG_POOL_SHORT][n];
	if (first == 0)
		first = find_run(MG_POOL_RESIDENT, n);
	if (first == 0) {
		join_short();
		first = find_run(MG_POOL_RESIDENT, n);
	}
	return first != 0 ? first : find_run(MG_POOL_PUNCHED, n);
}

uint32_t
mg_pool_find_resident(void)
{
	if (pool.filled[MG_POOL_RESIDENT] == 0)
		join_short();
	return find_run(MG_POOL_RESIDENT, 1);
}

void
mg_pool_take(uint32_t first, uint32_t n)
{
	enum mg_pool_kind kind = mg_slice_record(first)->shelf;
	uint32_t run = remove_run(first);

	for (uint32_t i = 0; i < n; i++)
		mg_slice_set_state(mg_slice_record(first + i), MG_SLICE_TAKEN);
	mg_slice_record(first)->run = n;
	if (run > n)
		add_run(first + n, run - n, kind);
}
