/* SPDX-License-Identifier: MIT */
#include "shim/heap/resize.h"

#include "shim/base/hints.h"
#include "shim/base/page.h"
#include "shim/heap/charge.h"
#include "shim/heap/entry.h"
#include "shim/heap/fast.h"
#include "shim/heap/foreign.h"
#include "shim/heap/large.h"
#include "shim/heap/obtain.h"
#include "shim/heap/owner.h"
#include "shim/heap/release.h"
#include "shim/heap/run.h"
#include "shim/heap/sample.h"

#include <errno.h>
#include <string.h>

static void
count_resize(void)
{
	struct mg_thread *t = mg_thread_self.record;
	struct mg_counters c = { .reallocs = 1 };

	if (mg_thread_has_record(t) && mg_thread_self.locked == 0)
		MG_THREAD_BUMP(t->counters.reallocs, 1);
	else
		mg_thread_count_direct(&c);
}

static void
count_change(size_t before, size_t after)
{
	struct mg_counters c = { 0 };

	if (after > before)
		c.alloc_bytes = after - before;
	else
		c.freed_bytes = before - after;
	mg_thread_count_direct(&c);
}

/* A block of another allocator becomes one of ours: that is a new block, and a release elsewhere.
 */
static MG_COLD void *
adopt_foreign(void *p, size_t n)
{
	size_t usable = mg_foreign_usable(p);
	struct mg_request r = { .n = n, .blocks = 1 };
	void *ours = mg_obtain(&r);

	if (ours == NULL)
		return NULL;
	memcpy(ours, p, usable < n ? usable : n);
	mg_release(p, 1);
	return ours;
}

static void *
resize_run(void *p, size_t usable, size_t n)
{
	if (!mg_run_resize(p, n)) {
		if (n > usable && !(mg_charge_room(n - usable <= MG_CHARGE_SMALL) >= n - usable))
			mg_thread_self.short_of = mg_page_round_up(n - usable);
		return NULL;
	}
	count_change(usable, mg_run_usable(p));
	return p;
}

static void *
resize_large(void *p, size_t n)
{
	size_t before;
	struct mg_large_block b = mg_large_resize(p, n, &before, &mg_thread_self.short_of);

	if (b.p != NULL)
		count_change(before, b.usable);
	else if (mg_thread_self.short_of != 0)
		mg_thread_self.short_of = mg_page_round_up(n - before);
	return b.p;
}

/* What is added may be the byte that makes it a sample: of its whole size. */
static void
note_growth(void *p, size_t before, size_t after, size_t asked)
{
	struct mg_sample_pick pick = mg_sample_pass(mg_thread_self.record, after - before);

	if (pick.bytes != 0)
		pick = (struct mg_sample_pick){ after, mg_sample_weight(after, mg_sample_mean()) };
	mg_sample_note(p, asked, pick);
}

/* Runs and mappings grow and shrink without a copy, so that at the ceiling only what is added must
 * fit. NULL when this one does not. */
static void *
resize_in_place(void *p, size_t usable, size_t n)
{
	bool is_run = mg_slice_of(p) < mg_region_slices(), was_sample;
	struct mg_sample sample;
	size_t after;
	void *kept = NULL;

	if (n <= (is_run ? MG_CLASS_MAX_BYTES : MG_RUN_MAX_BYTES) || n > MG_OBTAIN_MAX_BYTES ||
	    mg_entry_is_nested(mg_thread_self.record))
		return NULL;
	/* While it moves, its old address may become another block's. */
	was_sample = mg_sample_forget(p, &sample);
	for (int i = 0; i < MG_OBTAIN_TRIES; i++) {
		mg_thread_self.short_of = 0;
		mg_thread_self.locked++;
		kept = is_run ? resize_run(p, usable, n) : resize_large(p, n);
		mg_thread_self.locked--;
		if (kept != NULL || mg_thread_self.short_of == 0 ||
		    !mg_obtain_room(mg_thread_self.short_of, true))
			break;
	}
	after = kept != NULL ? mg_owner_usable(kept) : usable;
	if (was_sample)
		mg_sample_keep(kept != NULL ? kept : p, &sample, after);
	else if (after > usable)
		note_growth(kept, usable, after, n);
	return kept;
}

static void *
move(void *p, size_t usable, size_t n)
{
	struct mg_request r = { .n = n };
	struct mg_thread *t = mg_thread_self.record;
	void *moved = mg_fast_malloc(n);

	if (moved != NULL)
		MG_THREAD_BUMP(t->counters.allocs, (uint64_t)-1);
	else
		moved = mg_obtain(&r);
	if (moved == NULL)
		return NULL;
	memcpy(moved, p, usable < n ? usable : n);
	if (mg_fast_free(p))
		MG_THREAD_BUMP(mg_thread_self.record->counters.frees, (uint64_t)-1);
	else
		mg_release(p, 0);
	return moved;
}

/* A sample's class is wider than the one it stands in for, which says when it moves: else samples
 * would stay samples longer than others stay none. */
static size_t
usable_without_sample(const void *p, size_t usable)
{
	size_t slice = mg_slice_of(p);
	struct mg_sample sample;

	if (slice >= mg_region_slices() || mg_region.class[slice] < MG_CLASSES ||
	    mg_entry_is_nested(mg_thread_self.record) || !mg_sample_forget(p, &sample))
		return usable;
	mg_sample_keep((void *)p, &sample, sample.bytes);
	return sample.bytes;
}

/* A small block stays when the new size is of its class, or it wastes at most half. */
static bool
fits(const void *p, size_t usable, size_t n)
{
	usable = usable_without_sample(p, usable);
	return n <= usable && (n >= usable / 2 || usable <= 4 * MG_CLASS_GRAIN);
}

/* All but runs and mappings: it cannot change where it is. */
static bool
is_fixed(const void *p)
{
	size_t slice = mg_slice_of(p);

	if (slice < mg_region_slices())
		return mg_region.class[slice] != 0 || !mg_run_starts((uint32_t)slice);
	return mg_owner_large_usable(p) == 0;
}

void *
mg_resize(void *p, size_t n)
{
	size_t usable = mg_owner_usable(p);
	void *kept = NULL;
	bool fixed;

	if (MG_UNLIKELY(usable == 0) && !mg_owner_is_ours(p))
		return adopt_foreign(p, n);
	if (MG_UNLIKELY(usable == MG_OWNER_UNKNOWN)) {
		mg_thread_self.short_of = 0;
		errno = ENOMEM;
		return NULL;
	}
	fixed = is_fixed(p);
	if (MG_LIKELY(fixed) ? fits(p, usable, n) : n <= usable && n >= usable - usable / 8) {
		count_resize();
		return p;
	}
	if (!fixed)
		kept = resize_in_place(p, usable, n);
	if (kept == NULL && n <= MG_OBTAIN_MAX_BYTES)
		kept = move(p, usable, n);
	/* At the ceiling there may be no room for both; a block that shrinks can stay. */
	if (kept == NULL && n <= usable)
		kept = p;
	if (kept == NULL) {
		mg_thread_self.short_of = n <= MG_OBTAIN_MAX_BYTES ? mg_thread_self.short_of : 0;
		errno = ENOMEM;
		return NULL;
	}
	count_resize();
	return kept;
}
