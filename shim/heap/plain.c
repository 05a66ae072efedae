/* SPDX-License-Identifier: MIT */
#include "shim/heap/plain.h"

#include "shim/heap/backend.h"
#include "shim/heap/charge.h"

#define GIANT_BYTES ((size_t)1 << 30)

static int64_t
load_credit(const struct mg_thread *t)
{
	return atomic_load_explicit(&t->credit, memory_order_relaxed);
}

static void
store_credit(struct mg_thread *t, int64_t credit)
{
	atomic_store_explicit(&t->credit, credit, memory_order_relaxed);
}

static void *
from_backend(const struct mg_plain_request *r, size_t *usable_out)
{
	if (atomic_load_explicit(&mg_backend_is_short, memory_order_relaxed) &&
	    !mg_backend_can_grow(r->n))
		return NULL;
	if (r->align != 0)
		return mg_backend_aligned(r->n, r->align, usable_out);
	return r->want_zero ? mg_backend_zalloc(r->n, usable_out)
			    : mg_backend_malloc(r->n, usable_out);
}

/* Makes the thread's credit at least `need`. */
static bool
refill(struct mg_thread *t, uint64_t need)
{
	uint64_t batch = mg_charge_batch(mg_thread_count());
	uint64_t got =
	    mg_charge_take(need - (uint64_t)load_credit(t), batch, need <= MG_CHARGE_SMALL);

	if (got == 0)
		return false;
	store_credit(t, load_credit(t) + (int64_t)got);
	atomic_store_explicit(&t->credit_max, (int64_t)(2 * batch), memory_order_relaxed);
	return true;
}

/* Charged once it is there: where nothing bounds it, a giant request that the system refuses must
 * not mark the peak. */
static bool
is_charged_later(size_t n)
{
	return n >= GIANT_BYTES && mg_charge_room(false) == UINT64_MAX;
}

/* A thread without a record: exact, unbuffered. There are few of these calls. */
static void *
alloc_direct(const struct mg_plain_request *r, uint64_t *short_of)
{
	struct mg_counters c = { .allocs = r->blocks };
	bool small = r->n <= MG_CHARGE_SMALL, later = is_charged_later(r->n);
	uint64_t charged = later ? 0 : r->n;
	size_t usable = 0;
	void *p;

	*short_of = r->n;
	if (charged > 0 && mg_charge_take(charged, 0, small) == 0)
		return NULL;
	p = from_backend(r, &usable);
	if (p == NULL)
		*short_of = 0;
	if (p == NULL || (usable > charged && mg_charge_take(usable - charged, 0, small) == 0)) {
		mg_charge_give(charged);
		if (p != NULL)
			mg_backend_free(p);
		return NULL;
	}
	c.alloc_bytes = usable;
	mg_thread_count_direct(&c);
	return p;
}

/* The backend is asked only for what is covered by credit, so a refusal costs no memory at all. */
void *
mg_plain_alloc(struct mg_thread *t, const struct mg_plain_request *r, uint64_t *short_of)
{
	size_t usable;
	void *p;

	*short_of = 0;
	if (!mg_thread_has_record(t))
		return alloc_direct(r, short_of);
	if ((int64_t)r->n > load_credit(t) && !is_charged_later(r->n) && !refill(t, r->n)) {
		*short_of = r->n;
		return NULL;
	}
	p = from_backend(r, &usable);
	if (p == NULL)
		return NULL;
	if ((int64_t)usable > load_credit(t) && !refill(t, usable)) {
		mg_backend_free(p);
		*short_of = usable;
		return NULL;
	}
	store_credit(t, load_credit(t) - (int64_t)usable);
	MG_THREAD_BUMP(t->counters.allocs, r->blocks);
	MG_THREAD_BUMP(t->counters.alloc_bytes, usable);
	return p;
}

bool
mg_plain_free(struct mg_thread *t, void *p, unsigned blocks)
{
	size_t usable = mg_backend_free(p);
	struct mg_counters c = { .frees = blocks, .freed_bytes = usable };

	if (!mg_thread_has_record(t)) {
		mg_thread_count_direct(&c);
		mg_charge_give(usable);
		return false;
	}
	store_credit(t, load_credit(t) + (int64_t)usable);
	MG_THREAD_BUMP(t->counters.frees, blocks);
	MG_THREAD_BUMP(t->counters.freed_bytes, usable);
	return load_credit(t) > atomic_load_explicit(&t->credit_max, memory_order_relaxed);
}

void
mg_plain_trim(struct mg_thread *t)
{
	int64_t batch = (int64_t)mg_charge_batch(mg_thread_count());
	int64_t credit = load_credit(t);

	if (credit > batch) {
		store_credit(t, batch);
		mg_charge_give((uint64_t)(credit - batch));
	}
	atomic_store_explicit(&t->credit_max, 2 * batch, memory_order_relaxed);
}

void
mg_plain_give_credit(struct mg_thread *t)
{
	int64_t credit = load_credit(t);

	store_credit(t, 0);
	if (credit > 0)
		mg_charge_give((uint64_t)credit);
}
