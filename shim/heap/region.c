/* SPDX-License-Identifier: MIT */
#include "shim/heap/region.h"

#include "shim/base/sys.h"
#include "shim/heap/backend.h"
#include "shim/heap/slice.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define MIN_REGION_BYTES ((size_t)64 << 20)
#define REGION_ALIGN ((size_t)64 << 20)
/* Between the class table and the first slice: the records and classes of the first slices lie in
 * one page table then, of which a fork copies one less. */
#define GAP_BYTES ((size_t)1 << 20)

struct mg_region mg_region;

static struct {
	size_t bytes;
	bool has_arena, is_used_up;
} state;

static size_t
address_space_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_AS, &r) != 0 || r.rlim_cur == RLIM_INFINITY)
		return MG_REGION_MAX_BYTES;
	return r.rlim_cur / 4 < MG_REGION_MAX_BYTES ? r.rlim_cur / 4 : MG_REGION_MAX_BYTES;
}

/* Records of all slices up to the end of the span; slices that are not memgov's lie between. */
static bool
make_records(size_t slices)
{
	size_t before = mg_region_slices();

	if (slices <= before)
		return true;
	return mg_sys_make_writable(
	    mg_region.records_end - slices + 1, (slices - before) * sizeof(struct mg_slice));
}

/* The arena is made late: the engine mimalloc shall not live in it. */
static char *
ask_for_span(size_t *bytes)
{
	void *base = (void *)mg_region.base;
	char *p = NULL;

	if (!state.has_arena && !state.is_used_up)
		state.has_arena = mg_backend_start_spans(base, state.bytes);
	if (state.has_arena && !state.is_used_up)
		p = mg_backend_span(base, state.bytes, bytes);
	state.is_used_up = p == NULL;
	return p;
}

bool
mg_region_start(void)
{
	size_t bytes = MG_REGION_MAX_BYTES, limit = address_space_limit(), slices = 0, apart;
	char *start = NULL, *base, *classes;

	if (sysconf(_SC_PAGESIZE) != (long)MG_SLICE_PAGE)
		return false;
	while (bytes > limit)
		bytes /= 2;
	for (; start == NULL && bytes >= MIN_REGION_BYTES; bytes /= 2) {
		slices = bytes >> MG_SLICE_SHIFT;
		apart = slices * (sizeof(struct mg_slice) + 1) + GAP_BYTES;
		start = mg_sys_reserve(bytes + apart + REGION_ALIGN);
	}
	if (start == NULL)
		return false;
	base = (char *)(((uintptr_t)start + apart + REGION_ALIGN - 1) & ~(REGION_ALIGN - 1));
	classes = base - GAP_BYTES - slices;
	if (!mg_sys_make_writable(classes, slices + GAP_BYTES)) {
		mg_sys_unmap(start, 2 * bytes + apart + REGION_ALIGN);
		return false;
	}
	mg_sys_madvise(start, 2 * bytes + apart + REGION_ALIGN, MADV_NOHUGEPAGE);
	mg_region.class = (uint8_t *)classes;
	mg_region.records_end = (struct mg_slice *)classes;
	mg_region.base = (uintptr_t)base;
	state.bytes = slices << MG_SLICE_SHIFT;
	return true;
}

bool
mg_region_holds(const void *p)
{
	return (uintptr_t)p - mg_region.base < state.bytes;
}

bool
mg_region_grow(size_t *first, size_t *end)
{
	size_t bytes = 0;
	char *p = ask_for_span(&bytes);

	if (p == NULL)
		return false;
	/* The first slice may hold mimalloc's own records, or a word that it has written. */
	*first = mg_slice_of(p) + 1;
	*end = mg_slice_of(p + bytes);
	state.is_used_up = !make_records(*end);
	return !state.is_used_up;
}
