/* SPDX-License-Identifier: MIT */
#include "shim/heap/large_table.h"

#include "shim/base/page.h"
#include "shim/base/sys.h"
#include "shim/heap/charge.h"
#include "shim/heap/large_kept.h"

#include <assert.h>

#define PAGE_SHIFT 12
#define FIRST_SLOTS ((size_t)128)

/* A leaf: nothing is locked under it. */
static struct {
	struct mg_lock lock;
	struct mg_large_piece *rows; /* at is 0: empty */
	size_t slots;                /* a power of two, 0 at first */
	size_t
	    claimed; /* rows in use, and rows promised to blocks that are being mapped or moved */
	uint64_t live_bytes;
} table;

/* Where the search for an address starts. */
static size_t
home(uintptr_t at)
{
	uint64_t mixed = (at >> PAGE_SHIFT) * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(mixed >> 32) & (table.slots - 1);
}

/* The row of an address, or the empty one where it would be. */
static struct mg_large_piece *
search(uintptr_t at)
{
	size_t i = home(at);

	while (table.rows[i].at != at && table.rows[i].at != 0)
		i = (i + 1) & (table.slots - 1);
	return &table.rows[i];
}

static void
put(struct mg_large_piece block)
{
	struct mg_large_piece *row = search(block.at);

	assert(block.at != 0 && block.bytes != 0 && "an empty row is no block");
	assert(row->at == 0 && "two live blocks at one address");
	*row = block;
}

static struct mg_large_piece
find(uintptr_t at)
{
	return table.slots != 0 && at != 0 ? *search(at) : (struct mg_large_piece){ 0 };
}

static struct mg_large_piece
take(uintptr_t at)
{
	struct mg_large_piece block = find(at);
	size_t mask = table.slots - 1, gap, i;

	if (block.bytes == 0)
		return block;
	gap = (size_t)(search(at) - table.rows);
	for (i = (gap + 1) & mask; table.rows[i].at != 0; i = (i + 1) & mask) {
		/* Its search starts behind the gap: there it must not go. */
		if (((i - home(table.rows[i].at)) & mask) < ((i - gap) & mask))
			continue;
		table.rows[gap] = table.rows[i];
		gap = i;
	}
	table.rows[gap] = (struct mg_large_piece){ 0 };
	return block;
}

/* Moves everything into more rows. Returns the old ones. */
static struct mg_large_piece *
move(struct mg_large_piece *rows, size_t slots)
{
	struct mg_large_piece *old = table.rows;
	size_t n = table.slots;

	table.rows = rows;
	table.slots = slots;
	for (size_t i = 0; i < n; i++)
		if (old[i].at != 0)
			put(old[i]);
	return old;
}

static size_t
table_bytes(size_t slots)
{
	return mg_page_round_up(slots * sizeof *table.rows);
}

/* Doubles the table, unless another thread did since it was seen with so many slots. */
static bool
grow(size_t seen, uint64_t *short_of)
{
	size_t slots = seen != 0 ? 2 * seen : FIRST_SLOTS, bytes = table_bytes(slots);
	size_t spare_bytes = bytes;
	struct mg_large_piece *rows, *spare;

	if (!mg_large_kept_charge(bytes, true, short_of))
		return false;
	rows = spare = mg_sys_map(bytes);
	if (rows == NULL) {
		mg_charge_give(bytes);
		return false;
	}
	for (size_t i = 0; i < bytes; i += MG_PAGE_BYTES) /* no page faults under the lock */
		((volatile char *)rows)[i] = 0;
	mg_sys_lock(&table.lock);
	if (table.slots == seen) {
		spare = move(rows, slots);
		spare_bytes = table_bytes(seen);
	}
	mg_sys_unlock(&table.lock);
	if (spare_bytes != 0) {
		mg_sys_unmap(spare, spare_bytes);
		mg_charge_give(spare_bytes);
	}
	return true;
}

bool
mg_large_table_claim(bool wait, uint64_t *short_of)
{
	if (wait)
		mg_sys_lock(&table.lock);
	else if (!mg_sys_lock_soon(&table.lock))
		return false;
	while (table.claimed >= table.slots / 4 * 3) {
		size_t seen = table.slots;

		mg_sys_unlock(&table.lock);
		if (!grow(seen, short_of))
			return false;
		mg_sys_lock(&table.lock);
	}
	table.claimed++;
	mg_sys_unlock(&table.lock);
	return true;
}

void
mg_large_table_settle(struct mg_large_piece block, size_t live_before)
{
	mg_sys_lock(&table.lock);
	if (block.at != 0) {
		put(block);
		table.live_bytes += block.bytes - live_before;
	} else {
		table.claimed--;
	}
	mg_sys_unlock(&table.lock);
}

size_t
mg_large_table_find(uintptr_t at)
{
	size_t bytes;

	mg_sys_lock(&table.lock);
	bytes = find(at).bytes;
	mg_sys_unlock(&table.lock);
	return bytes;
}

bool
mg_large_table_covers(uintptr_t at)
{
	bool covers = false;

	mg_sys_lock(&table.lock);
	for (size_t i = 0; i < table.slots && !covers; i++)
		covers = at - table.rows[i].at < table.rows[i].bytes;
	mg_sys_unlock(&table.lock);
	return covers;
}

struct mg_large_piece
mg_large_table_next(uintptr_t at)
{
	struct mg_large_piece next = { 0 };

	mg_sys_lock(&table.lock);
	for (size_t i = 0; i < table.slots; i++) {
		struct mg_large_piece block = table.rows[i];

		if (block.at + block.bytes > at && (next.at == 0 || block.at < next.at))
			next = block;
	}
	mg_sys_unlock(&table.lock);
	return next;
}

bool
mg_large_table_find_soon(uintptr_t at, size_t *bytes_out)
{
	if (!mg_sys_lock_soon(&table.lock))
		return false;
	*bytes_out = find(at).bytes;
	mg_sys_unlock(&table.lock);
	return true;
}

struct mg_large_piece
mg_large_table_take(uintptr_t at)
{
	struct mg_large_piece block;

	mg_sys_lock(&table.lock);
	block = take(at);
	if (block.bytes != 0) {
		table.claimed--;
		table.live_bytes -= block.bytes;
	}
	mg_sys_unlock(&table.lock);
	return block;
}

struct mg_large_piece
mg_large_table_begin_resize(uintptr_t at, size_t bytes)
{
	struct mg_large_piece block;

	mg_sys_lock(&table.lock);
	block = take(at);
	if (block.bytes >= bytes) {
		put((struct mg_large_piece){ at, bytes, block.mapping });
		table.live_bytes -= block.bytes - bytes;
	}
	mg_sys_unlock(&table.lock);
	return block;
}

struct mg_large_table_sum
mg_large_table_read(void)
{
	struct mg_large_table_sum s;

	mg_sys_lock(&table.lock);
	s = (struct mg_large_table_sum){ table.live_bytes, table_bytes(table.slots) };
	mg_sys_unlock(&table.lock);
	return s;
}

void
mg_large_table_before_fork(void)
{
	mg_sys_lock(&table.lock);
}

void
mg_large_table_after_fork_parent(void)
{
	mg_sys_unlock(&table.lock);
}

void
mg_large_table_after_fork_child(void)
{
	mg_sys_reset_lock(&table.lock);
}
