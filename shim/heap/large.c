/* SPDX-License-Identifier: MIT */
#include "shim/heap/large.h"

#include "shim/base/page.h"
#include "shim/base/sys.h"
#include "shim/heap/charge.h"
#include "shim/heap/large_kept.h"
#include "shim/heap/large_table.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#define MOST_BYTES ((size_t)1 << 47) /* no program has more address space */

/* Where the last freed blocks began. */
#define FREED 64
static struct {
	_Atomic uint32_t n;
	_Atomic uintptr_t at[FREED];
} freed;

static size_t
block_bytes(size_t n)
{
	return n != 0 ? mg_page_round_up(n) : MG_PAGE_BYTES;
}

static uint64_t
next_mapping(void)
{
	static _Atomic uint64_t last;

	return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

/* Adds zeros to a piece that is in no table now. False: it stays as it was. */
static bool
stretch(struct mg_large_piece *piece, size_t need, uint64_t *short_of)
{
	size_t more = need - piece->bytes;
	uintptr_t to;

	if (!mg_large_kept_charge(more, false, short_of))
		return false;
	to = (uintptr_t)mg_sys_remap((void *)piece->at, piece->bytes, need);
	if (to == 0) {
		mg_charge_give(more);
		return false;
	}
	if (to != piece->at)
		piece->mapping = next_mapping();
	piece->at = to;
	piece->bytes = need;
	return true;
}

/* Makes what was asked for of a kept piece. False, and the piece gone, if that fails. */
static bool
reuse(struct mg_large_piece *piece, size_t need, bool want_zero)
{
	uint64_t short_of;

	if (want_zero)
		memset((void *)piece->at, 0, piece->bytes);
	if (piece->bytes >= need || stretch(piece, need, &short_of))
		return true;
	mg_large_kept_unmap(*piece);
	return false;
}

static uintptr_t
map(size_t need, size_t align)
{
	size_t all = align > MG_PAGE_BYTES ? need + align - MG_PAGE_BYTES : need;
	uintptr_t from = (uintptr_t)mg_sys_map(all), at = (from + align - 1) & ~(align - 1);

	if (from == 0)
		return 0;
	if (at != from)
		mg_sys_unmap((void *)from, at - from);
	if (at + need != from + all)
		mg_sys_unmap((void *)(at + need), from + all - at - need);
	return at;
}

static struct mg_large_piece
fresh(size_t need, size_t align, uint64_t *short_of)
{
	struct mg_large_piece piece = { 0, need, 0 };

	do {
		if (!mg_large_kept_charge(need, false, short_of))
			return piece;
		piece.at = map(need, align);
		if (piece.at != 0) {
			piece.mapping = next_mapping();
			return piece;
		}
		mg_charge_give(need);
	} while (mg_large_kept_evict(UINT64_MAX) != 0);
	return piece;
}

struct mg_large_block
mg_large_alloc(size_t n, size_t align, bool want_zero, bool wait, uint64_t *short_of)
{
	struct mg_large_block none = { 0 };
	struct mg_large_piece piece;
	size_t need = block_bytes(n);
	bool is_zero = want_zero;
	uint64_t now_ns;

	assert((align & (align - 1)) == 0 && "not a power of two");
	*short_of = 0;
	if (n > MOST_BYTES || align > MOST_BYTES) {
		*short_of = mg_large_kept_short_of(n, false);
		return none;
	}
	if (align < MG_PAGE_BYTES)
		align = MG_PAGE_BYTES;
	if (!mg_large_kept_take(need, align, wait, &piece))
		return none;
	now_ns = mg_sys_now_ns();
	if (!mg_large_table_claim(wait, short_of)) {
		if (piece.at != 0)
			mg_large_kept_put(piece, now_ns);
		return none;
	}
	mg_large_kept_evict_expired(now_ns);
	if (piece.at == 0 || !reuse(&piece, need, want_zero)) {
		piece = fresh(need, align, short_of);
		is_zero = true;
	}
	mg_large_table_settle(piece, 0);
	if (piece.at == 0)
		return none;
	return (struct mg_large_block){ (void *)piece.at, piece.bytes, is_zero };
}

size_t
mg_large_usable(const void *p)
{
	return (uintptr_t)p % MG_PAGE_BYTES == 0 ? mg_large_table_find((uintptr_t)p) : 0;
}

bool
mg_large_usable_soon(const void *p, size_t *usable_out)
{
	*usable_out = 0;
	return (uintptr_t)p % MG_PAGE_BYTES != 0 ||
	       mg_large_table_find_soon((uintptr_t)p, usable_out);
}

static void
remember(uintptr_t at)
{
	uint32_t i = atomic_fetch_add_explicit(&freed.n, 1, memory_order_relaxed) % FREED;

	atomic_store_explicit(&freed.at[i], at, memory_order_relaxed);
}

bool
mg_large_was(const void *p)
{
	uintptr_t at = (uintptr_t)p;

	for (int i = 0; i < FREED; i++)
		if (atomic_load_explicit(&freed.at[i], memory_order_relaxed) == at)
			return true;
	return mg_large_table_covers(at) || mg_large_kept_covers(at);
}

size_t
mg_large_free(void *p)
{
	struct mg_large_piece piece = { 0 };

	if ((uintptr_t)p % MG_PAGE_BYTES == 0)
		piece = mg_large_table_take((uintptr_t)p);
	if (piece.bytes != 0) {
		remember(piece.at);
		mg_large_kept_put(piece, mg_sys_now_ns());
	}
	return piece.bytes;
}

/* A block that was taken out of the table for it. */
static struct mg_large_block
enlarge(struct mg_large_piece block, size_t n, uint64_t *short_of)
{
	size_t before = block.bytes;
	bool done = false;

	if (n <= MOST_BYTES)
		done = stretch(&block, block_bytes(n), short_of);
	else
		*short_of = mg_large_kept_short_of(n - before, false);
	mg_large_table_settle(block, before);
	return done ? (struct mg_large_block){ (void *)block.at, block.bytes, false }
		    : (struct mg_large_block){ 0 };
}

struct mg_large_block
mg_large_resize(void *p, size_t n, size_t *before, uint64_t *short_of)
{
	size_t need = n <= MOST_BYTES ? block_bytes(n) : SIZE_MAX;
	struct mg_large_piece block = { 0 };

	if ((uintptr_t)p % MG_PAGE_BYTES == 0)
		block = mg_large_table_begin_resize((uintptr_t)p, need);
	*short_of = 0;
	*before = block.bytes;
	if (block.bytes == 0)
		return (struct mg_large_block){ 0 };
	if (need > block.bytes)
		return enlarge(block, n, short_of);
	block.at += need;
	block.bytes -= need;
	if (block.bytes != 0)
		mg_large_kept_unmap(block);
	return (struct mg_large_block){ p, need, false };
}

void
mg_large_configure(uint64_t keep_bytes, uint64_t decay_ns)
{
	mg_large_kept_configure(keep_bytes, decay_ns);
}

uint64_t
mg_large_purge(uint64_t freed_before_ns)
{
	return mg_large_kept_evict(freed_before_ns);
}

struct mg_large_sum
mg_large_read(void)
{
	struct mg_large_table_sum table = mg_large_table_read();
	struct mg_large_kept_sum kept = mg_large_kept_read();

	return (struct mg_large_sum){ table.live_bytes, kept.bytes, table.own_bytes, kept.pieces };
}

/* The two locks are never held together, but here. */
void
mg_large_before_fork(void)
{
	mg_large_table_before_fork();
	mg_large_kept_before_fork();
}

void
mg_large_after_fork_parent(void)
{
	mg_large_kept_after_fork_parent();
	mg_large_table_after_fork_parent();
}

void
mg_large_after_fork_child(void)
{
	mg_large_kept_after_fork_child();
	mg_large_table_after_fork_child();
}
