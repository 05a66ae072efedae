/* SPDX-License-Identifier: MIT */
/*
 * What programs do with blocks, done to the heap and to the model alike. Any thread, with slots
 * that nobody else uses meanwhile; also nested, as a signal handler that interrupted malloc.
 */
#ifndef FUZZ_HEAP_ACTS_H
#define FUZZ_HEAP_ACTS_H

#include "shim/heap/large.h"
#include "shim/heap/obtain.h"
#include "tests/fuzz/heap_model.h"
#include "tests/hooks.h"

#include <errno.h>

#define ACT_MOST_LIVE ((size_t)48 << 20)

enum act_kind { ACT_MALLOC, ACT_ZALLOC, ACT_ALIGNED };

struct act_request {
	enum act_kind kind;
	size_t n, align;
};

/* Set by the main thread while the others rest. */
static bool act_may_refuse; /* a ceiling, or frozen */
static bool act_is_race;
static bool act_works_not; /* what slow work takes is not that of a block that is freed twice */

static inline void *
act_call(const struct act_request *r)
{
	switch (r->kind) {
	case ACT_MALLOC: return hook_malloc(r->n);
	case ACT_ZALLOC: return hook_zalloc(r->n);
	case ACT_ALIGNED: return mg_heap_aligned(r->n, r->align);
	}
	return NULL;
}

static inline bool
act_is_nested(void)
{
	struct mg_thread *t = mg_thread_self.record;

	return mg_thread_has_record(t) && atomic_load(&t->busy) != 0;
}

static inline void
act_collect(void)
{
	struct mg_heap_collection c;

	mg_heap_collect_begin(&c);
	while (mg_heap_collect_step(&c) && !mg_heap_collect_waits(&c))
		;
}

/*
 * A refusal is right only when there is a ceiling, or the request is beyond all bounds; and when
 * all that is free was given back and the request fits by far, it may not be refused again. What is
 * unspent of the credit of other threads is below 1/64 of the ceiling.
 */
static inline void *
act_refused(const struct act_request *r)
{
	uint64_t limit = mg_charge_limit(), needed = r->n + r->n / 8 + limit / 32 + (512 << 10);
	void *p;

	FUZZ_CHECK(errno == ENOMEM);
	if (r->n > MG_OBTAIN_MAX_BYTES || act_is_nested())
		return NULL;
	FUZZ_CHECK(act_may_refuse);
	if (act_is_race)
		return NULL;
	act_collect();
	if (mg_charge_room(false) < needed)
		return NULL;
	p = act_call(r);
	FUZZ_CHECK(p != NULL);
	return p;
}

static inline void
act_check_zero(const void *p, size_t n)
{
	const unsigned char *b = p;

	FUZZ_CHECK(n == 0 || (b[0] == 0 && memcmp(b, b + 1, n - 1) == 0));
}

static inline void
act_free(struct heap_block *b)
{
	void *p = b->p;

	if (p == NULL)
		return;
	heap_verify(b);
	heap_clear_slot(b);
	errno = 77;
	hook_free(p);
	FUZZ_CHECK(errno == 77);
	atomic_fetch_add(&heap_model.frees, 1);
}

/* What the slot holds is freed first. */
static inline void
act_alloc(struct heap_block *b, const struct act_request *r)
{
	void *p;

	act_free(b);
	if (r->n < MG_OBTAIN_MAX_BYTES && heap_model.live_bytes + r->n > ACT_MOST_LIVE)
		return;
	p = act_call(r);
	if (p == NULL)
		p = act_refused(r);
	if (p == NULL)
		return;
	FUZZ_CHECK(r->n <= MG_OBTAIN_MAX_BYTES);
	if (r->kind == ACT_ZALLOC)
		act_check_zero(p, r->n);
	heap_fill_slot(b, p, r->n, r->kind == ACT_ALIGNED ? r->align : 16);
	atomic_fetch_add(&heap_model.allocs, 1);
}

/* n > 0. */
static inline void
act_resize(struct heap_block *b, size_t n)
{
	struct heap_block old = *b;
	void *p;

	if (b->p == NULL || (n < MG_OBTAIN_MAX_BYTES && heap_model.live_bytes + n > ACT_MOST_LIVE))
		return;
	heap_verify(b);
	p = mg_heap_realloc(b->p, n);
	if (p == NULL) {
		FUZZ_CHECK(errno == ENOMEM && n > old.usable);
		FUZZ_CHECK(act_may_refuse || act_is_nested() || n > MG_OBTAIN_MAX_BYTES);
		heap_verify(b);
		return;
	}
	heap_clear_slot(b);
	old.p = p;
	heap_verify_front(&old, n < old.usable ? n : old.usable);
	heap_fill_slot(b, p, n, 16);
	atomic_fetch_add(&heap_model.reallocs, 1);
}

/* Where memgov promises to see it: at once, and not in blocks of mimalloc's. */
static inline void
act_free_twice(struct heap_block *b)
{
	void *p = b->p;

	if (p == NULL || (!mg_slice_holds(p) && mg_large_usable(p) == 0))
		return;
	act_works_not = true;
	act_free(b);
	hook_free(p);
	act_works_not = false;
	atomic_fetch_add(&heap_model.double_frees, 1);
}

/* Slow work, and what the thread put off while it was nested. */
static inline void
act_pass_slowly(void)
{
	void *p = mg_heap_malloc(1);

	if (p == NULL)
		return;
	mg_heap_free(p);
	atomic_fetch_add(&heap_model.allocs, 1);
	atomic_fetch_add(&heap_model.frees, 1);
}

/* While memgov's slow work runs, the program's callbacks may allocate. */
static inline void
act_slow_work(bool in_free)
{
	void *p;

	FUZZ_CHECK(mg_heap_is_internal() && !act_is_nested());
	if (act_works_not || (p = hook_malloc(in_free ? 24 : 300)) == NULL)
		return;
	hook_free(p);
	atomic_fetch_add(&heap_model.allocs, 1);
	atomic_fetch_add(&heap_model.frees, 1);
}

#endif
