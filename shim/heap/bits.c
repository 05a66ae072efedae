/* SPDX-License-Identifier: MIT */
#include "shim/heap/bits.h"

#include "shim/base/sys.h"
#include "shim/heap/slice.h"

#include <stddef.h>

#define CHUNK_BYTES ((size_t)256 << 10)
#define KINDS 4u /* 8, 16, 32, 64 words */

struct free_bits {
	struct free_bits *next;
};

/* Most programs need no other. */
static MG_SYS_APART char first_chunk[(size_t)64 << 10];

static MG_SYS_TOGETHER struct {
	struct mg_lock lock;
	struct free_bits *free[KINDS];
	char *at; /* of the page that is being cut up */
	char *page_end, *chunk_end;
} state = {
	.at = first_chunk,
	.page_end = first_chunk,
	.chunk_end = first_chunk + sizeof first_chunk,
};

static unsigned
kind_of(unsigned words)
{
	return words <= 8 ? 0 : 32 - (unsigned)__builtin_clz(words - 1) - 3;
}

/* The next page, charged; a chunk is mapped without the lock, and one too many is given back. */
static uint64_t *
cut(unsigned kind)
{
	size_t bytes = (size_t)64 << kind;
	char *p;

	if (state.at + bytes > state.page_end) {
		if (state.page_end == state.chunk_end || !mg_slice_own(MG_SLICE_PAGE))
			return NULL;
		state.at = state.page_end;
		state.page_end += MG_SLICE_PAGE;
	}
	p = state.at;
	state.at += bytes;
	return (uint64_t *)p;
}

static uint64_t *
get_locked(unsigned kind)
{
	struct free_bits *f = state.free[kind];

	if (f == NULL)
		return cut(kind);
	state.free[kind] = f->next;
	return (uint64_t *)f;
}

uint64_t *
mg_bits_get(unsigned words)
{
	unsigned kind = kind_of(words);
	uint64_t *bits;
	char *chunk;
	bool is_used_up;

	mg_sys_lock(&state.lock);
	bits = get_locked(kind);
	is_used_up = state.page_end == state.chunk_end;
	mg_sys_unlock(&state.lock);
	if (bits != NULL || !is_used_up)
		return bits;
	chunk = mg_sys_map(CHUNK_BYTES);
	if (chunk == NULL)
		return NULL;
	mg_sys_lock(&state.lock);
	if (state.page_end == state.chunk_end) {
		state.at = state.page_end = chunk;
		state.chunk_end = chunk + CHUNK_BYTES;
		chunk = NULL;
	}
	bits = get_locked(kind);
	mg_sys_unlock(&state.lock);
	if (chunk != NULL)
		mg_sys_unmap(chunk, CHUNK_BYTES);
	return bits;
}

void
mg_bits_put(uint64_t *bits, unsigned words)
{
	unsigned kind = kind_of(words);
	struct free_bits *f = (struct free_bits *)bits;

	mg_sys_lock(&state.lock);
	f->next = state.free[kind];
	state.free[kind] = f;
	mg_sys_unlock(&state.lock);
}

void
mg_bits_before_fork(void)
{
	mg_sys_lock(&state.lock);
}

void
mg_bits_after_fork_parent(void)
{
	mg_sys_unlock(&state.lock);
}

void
mg_bits_after_fork_child(void)
{
	mg_sys_reset_lock(&state.lock);
}
