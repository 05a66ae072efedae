/* SPDX-License-Identifier: MIT */
#include "shim/heap/release.h"

#include "shim/base/hints.h"
#include "shim/heap/backend.h"
#include "shim/heap/entry.h"
#include "shim/heap/fast.h"
#include "shim/heap/foreign.h"
#include "shim/heap/large.h"
#include "shim/heap/nested.h"
#include "shim/heap/pause.h"
#include "shim/heap/plain.h"
#include "shim/heap/run.h"
#include "shim/heap/sample.h"

#include <errno.h>

static void
count_free(unsigned blocks, size_t usable)
{
	struct mg_counters c = { .frees = blocks, .freed_bytes = usable };

	mg_thread_count_direct(&c);
}

static MG_COLD void
count_double_free(const void *p)
{
	struct mg_counters c = { .double_frees = 1 };

	mg_thread_count_direct(&c);
	mg_park_report_double(p);
}

static bool
is_double_free(struct mg_thread *t, unsigned class, const struct mg_block *b)
{
	bool is_held = false;

	/* Walked by nobody who is emptying it meanwhile. The one on top may have lost its mark. */
	if (mg_pause_enter(t)) {
		is_held = t->magazine[class].head == b ||
			  ((b->mark ^ t->key) <= MG_BLOCK_ZERO && mg_magazine_holds(t, class, b));
		mg_pause_leave(t);
	}
	/* Of one in the store the mark may be punched. */
	return is_held || !mg_park_is_issued(b);
}

static bool
push_own(struct mg_thread *t, unsigned class, struct mg_block *b)
{
	bool done = false;

	if (mg_pause_enter(t)) {
		done = mg_fast_push(t, class, b);
		mg_pause_leave(t);
	}
	return done;
}

static void
put_one(unsigned class, void *p, unsigned blocks)
{
	if (mg_park_put(class, &p, 1) == 0)
		count_free(blocks, mg_classes[class].bytes);
}

static void
free_small(struct mg_thread *t, unsigned class, void *p, unsigned blocks)
{
	if (mg_thread_has_record(t)) {
		if (is_double_free(t, class, p)) {
			count_double_free(p);
			return;
		}
		do {
			if (push_own(t, class, p)) {
				if (blocks == 0)
					MG_THREAD_BUMP(t->counters.frees, (uint64_t)-1);
				return;
			}
		} while (mg_magazine_make_room(t, class) || !mg_entry_is_paused(t));
	}
	put_one(class, p, blocks);
}

static void
free_in_region(struct mg_thread *t, void *p, unsigned blocks)
{
	uint32_t slice = (uint32_t)mg_slice_of(p);
	unsigned class = mg_region.class[slice];
	struct mg_sample sample;
	size_t usable = 0;

	if (class != 0 && class < MG_CLASSES) {
		free_small(t, class, p, blocks);
		return;
	}
	mg_sample_forget(p, &sample);
	if (class != 0) {
		put_one(class, p, blocks);
		return;
	}
	if (mg_slice_state(mg_slice_record(slice)) == MG_SLICE_NESTED)
		usable = mg_nested_free(p);
	else
		usable = mg_run_free(p);
	if (usable != 0)
		count_free(blocks, usable);
	else
		count_double_free(p);
}

/* The release of a block that realloc has replaced is not counted, and later nobody knows. */
static void
put_off(void *p, unsigned blocks)
{
	struct mg_counters c = { .frees = (uint64_t)blocks - 1 };

	mg_thread_count_direct(&c);
	mg_nested_defer(p);
}

/* Returns false for a block of another allocator. */
static bool
free_outside(struct mg_thread *t, void *p, unsigned blocks)
{
	struct mg_sample sample;
	bool trim = false;
	size_t usable;

	mg_sample_forget(p, &sample);
	usable = mg_large_free(p);

	if (usable != 0)
		count_free(blocks, usable);
	else if (mg_backend_owns(p))
		trim = mg_plain_free(t, p, blocks);
	else if (mg_large_was(p))
		count_double_free(p);
	else
		return false;
	if (trim)
		mg_plain_trim(t);
	return true;
}

static MG_COLD void
free_foreign(void *p)
{
	struct mg_counters c = { .foreign_frees = 1 };

	mg_thread_count_direct(&c);
	mg_foreign_free(p);
}

void
mg_release_deferred(void)
{
	void *next;

	for (void *p = mg_nested_take_deferred(); p != NULL; p = next) {
		next = mg_nested_next(p);
		mg_release(p, 1);
	}
}

MG_COLD void
mg_release(void *p, unsigned blocks)
{
	struct mg_thread *t = mg_thread_self.record;
	bool is_ours = true;
	int saved = errno;

	if (mg_entry_is_nested(t)) {
		put_off(p, blocks);
		return;
	}
	t = mg_entry_start(t);
	mg_thread_self.locked++;
	if (mg_slice_holds(p))
		free_in_region(t, p, blocks);
	else
		is_ours = free_outside(t, p, blocks);
	mg_thread_self.locked--;
	if (!is_ours)
		free_foreign(p);
	mg_release_deferred();
	mg_entry_work(true);
	errno = saved;
}
