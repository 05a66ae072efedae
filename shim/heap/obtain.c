/* SPDX-License-Identifier: MIT */
#include "shim/heap/obtain.h"

#include "shim/base/hints.h"
#include "shim/base/page.h"
#include "shim/heap/backend.h"
#include "shim/heap/charge.h"
#include "shim/heap/entry.h"
#include "shim/heap/fast.h"
#include "shim/heap/large.h"
#include "shim/heap/nested.h"
#include "shim/heap/pause.h"
#include "shim/heap/plain.h"
#include "shim/heap/release.h"
#include "shim/heap/run.h"
#include "shim/heap/sweep.h"

#include <errno.h>
#include <string.h>

#define MIN_ALIGN 16u

static _Atomic uint64_t hits;

static void
count_alloc(unsigned blocks, size_t usable)
{
	struct mg_counters c = { .allocs = blocks, .alloc_bytes = usable };

	mg_thread_count_direct(&c);
}

/* A signal handler, or a thread that a fork waits for: no locks. */
static MG_COLD void *
alloc_nested(const struct mg_request *r)
{
	size_t usable;
	uint64_t short_of;
	void *p = mg_nested_alloc(r->n, r->align, &usable);
	struct mg_large_block b = { .p = p };

	if (p == NULL) {
		b = mg_large_alloc(r->n, r->align, r->want_zero, false, &short_of);
		usable = b.usable;
	}
	if (b.p == NULL)
		return NULL;
	if (r->want_zero && !b.is_zero)
		memset(b.p, 0, r->n);
	count_alloc(r->blocks, usable);
	return b.p;
}

static void *
alloc_plain(struct mg_thread *t, struct mg_request *r)
{
	struct mg_plain_request plain = { r->n, r->align, r->want_zero, r->blocks };
	void *p = mg_plain_alloc(t, &plain, &mg_thread_self.short_of);

	if (p != NULL)
		r->pick = mg_sample_pass(t, r->n);
	if (r->pick.bytes != 0)
		r->pick.bytes = mg_backend_usable(p);
	return p;
}

static struct mg_block *
pop_own(struct mg_thread *t, unsigned class, bool *is_zero)
{
	struct mg_block *b = NULL;
	const void *condemned = NULL;

	if (mg_pause_enter(t)) {
		b = mg_fast_pop(t, class, is_zero);
		if (b == NULL && t->magazine[class].head != NULL && !mg_sample_is_due(t, class))
			condemned = mg_magazine_condemn(t, class);
		mg_pause_leave(t);
	}
	if (condemned != NULL)
		mg_park_report_double(condemned);
	return b;
}

/* One block straight from the store, for a thread without magazines. */
static void *
take_one(unsigned class, bool want_zero, unsigned blocks, enum mg_slice_failure *why)
{
	uintptr_t block;
	size_t bytes = mg_classes[class].bytes;

	if (mg_park_take(class, &block, 1, why) == 0)
		return NULL;
	if (want_zero && (block & MG_PARK_ZERO) == 0)
		memset((void *)block, 0, bytes);
	count_alloc(blocks, bytes);
	return (void *)(block & ~MG_PARK_ZERO);
}

/* A block of its own kind, when this allocation is a sample. */
static void *
take_sample(struct mg_thread *t, unsigned class, struct mg_request *r, enum mg_slice_failure *why)
{
	void *p = NULL;

	r->pick = mg_sample_draw(t, class);
	if (r->pick.bytes == 0)
		return NULL;
	p = take_one(mg_class_of_sample(class), r->want_zero, r->blocks, why);
	if (p == NULL) {
		r->pick.bytes = 0;
		mg_sample_pass_over(t, class);
	}
	return p;
}

static void *
alloc_small(struct mg_thread *t, unsigned class, struct mg_request *r, enum mg_slice_failure *why)
{
	struct mg_block *b = NULL;
	bool is_zero = false;
	void *sample;

	while (mg_thread_has_record(t)) {
		if (mg_sample_is_due(t, class) && (sample = take_sample(t, class, r, why)) != NULL)
			return sample;
		b = pop_own(t, class, &is_zero);
		if (b != NULL)
			break;
		if (mg_sample_is_due(t, class) && !mg_entry_is_paused(t))
			continue; /* the mean has changed meanwhile */
		if (!mg_magazine_refill(t, class, why) &&
		    (*why != MG_SLICE_OK || mg_entry_is_paused(t)))
			break;
	}
	if (b == NULL)
		return *why == MG_SLICE_OK ? take_one(class, r->want_zero, r->blocks, why) : NULL;

	if (r->want_zero)
		memset(b, 0, is_zero ? sizeof *b : mg_classes[class].bytes);
	if (r->blocks == 0)
		MG_THREAD_BUMP(t->counters.allocs, (uint64_t)-1);
	return b;
}

static void *
alloc_run(struct mg_thread *t, struct mg_request *r, enum mg_slice_failure *why)
{
	void *p = mg_run_alloc(r->n, r->want_zero, why);

	if (p != NULL) {
		count_alloc(r->blocks, mg_run_usable(p));
		r->pick = mg_sample_pass(t, mg_run_usable(p));
	}
	return p;
}

static void *
alloc_large(struct mg_thread *t, struct mg_request *r)
{
	struct mg_large_block b =
	    mg_large_alloc(r->n, r->align, r->want_zero, true, &mg_thread_self.short_of);

	if (b.p == NULL) {
		/* Not only what was missing: that is the room that is needed. */
		if (mg_thread_self.short_of != 0)
			mg_thread_self.short_of = mg_page_round_up(r->n);
		return NULL;
	}
	if (r->want_zero && !b.is_zero)
		memset(b.p, 0, r->n);
	count_alloc(r->blocks, b.usable);
	r->pick = mg_sample_pass(t, b.usable);
	return b.p;
}

/* What a block of a class may cost: its pages, and those of a new slice's record and bits. */
static uint64_t
pages_for(unsigned class)
{
	return mg_page_round_up(mg_classes[class].bytes + 2 * MG_SLICE_PAGE);
}

/* Where a request of this size and alignment belongs. On failure short_of says why. */
static void *
find(struct mg_thread *t, struct mg_request *r)
{
	enum mg_slice_failure why = MG_SLICE_OK;
	unsigned class = 0;
	void *p;

	mg_thread_self.short_of = 0;
	if (mg_entry_small_bytes == 0)
		return alloc_plain(t, r);
	if (r->align > MIN_ALIGN)
		class = mg_class_of_aligned(r->n, r->align);
	else if (r->n <= MG_CLASS_MAX_BYTES)
		class = mg_class_of(r->n);
	if (class == 0 && (r->n > MG_RUN_MAX_BYTES || r->align > MG_SLICE_BYTES))
		return alloc_large(t, r);
	p = class != 0 ? alloc_small(t, class, r, &why) : alloc_run(t, r, &why);
	if (p == NULL && why == MG_SLICE_SYSTEM)
		return alloc_plain(t, r);
	if (p == NULL)
		mg_thread_self.short_of = class != 0 ? pages_for(class) : r->n;
	return p;
}

bool
mg_obtain_room(uint64_t bytes, bool cheaply)
{
	struct mg_thread *t = mg_thread_self.record;
	bool worth_it;

	if (mg_thread_has_record(t))
		mg_plain_give_credit(t);
	if (mg_entry_small_bytes == 0) {
		mg_thread_call_all();
		return mg_charge_room(bytes <= MG_CHARGE_SMALL) >= bytes;
	}
	mg_thread_self.locked++;
	worth_it = cheaply ? mg_sweep_make_room_cheaply(bytes) : mg_sweep_make_room(bytes);
	mg_thread_self.locked--;
	return worth_it;
}

MG_COLD void *
mg_obtain(struct mg_request *r)
{
	struct mg_thread *t = mg_thread_self.record;
	bool is_hit = false;
	int saved = errno;
	void *p = NULL;

	mg_thread_self.short_of = 0;
	/* More than there are addresses is no ceiling's affair. */
	if (r->align > MG_OBTAIN_MAX_BYTES || r->n > MG_OBTAIN_MAX_BYTES - r->align) {
		errno = ENOMEM;
		return NULL;
	}
	if (mg_entry_is_nested(t)) {
		p = alloc_nested(r);
		errno = p == NULL ? ENOMEM : errno;
		return p;
	}
	t = mg_entry_start(t);
	mg_release_deferred();
	mg_thread_self.locked++;
	mg_nested_make_ready();
	for (int i = 0; i < MG_OBTAIN_TRIES && (p = find(t, r)) == NULL; i++) {
		if (mg_thread_self.short_of == 0)
			break;
		if (!is_hit)
			atomic_fetch_add_explicit(&hits, 1, memory_order_relaxed);
		is_hit = true;
		if (!mg_obtain_room(mg_thread_self.short_of, true))
			break;
	}
	mg_sweep_tails();
	mg_thread_self.locked--;
	if (p != NULL)
		mg_sample_note(p, r->n, r->pick);
	mg_entry_work(false);
	errno = p == NULL ? ENOMEM : saved;
	return p;
}

uint64_t
mg_obtain_hits(void)
{
	return atomic_load_explicit(&hits, memory_order_relaxed);
}
