/* SPDX-License-Identifier: MIT */
#include "shim/heap/magazine.h"

#include "shim/heap/pause.h"
#include "shim/heap/sample.h"

/* What a magazine may hold: so many refills of full size. */
#define CAP_BATCHES 4u

static struct mg_block *
next_of(const struct mg_thread *t, const struct mg_block *b)
{
	return (struct mg_block *)(b->next ^ t->key);
}

static void
add_stock(struct mg_thread *t, unsigned class, int64_t n)
{
	__atomic_store_n(&t->stock[class], t->stock[class] + n, __ATOMIC_RELAXED);
}

static unsigned
count_of(const struct mg_thread *t, unsigned class)
{
	return (unsigned)mg_thread_read(t, class).cached;
}

/* How many releases there may be until the next look; what was released stays what it is. */
static void
set_room(struct mg_thread *t, unsigned class, unsigned room)
{
	struct mg_magazine *m = &t->magazine[class];
	int64_t base = t->base[class] + (int64_t)room - m->room;
	uint32_t changes = atomic_load_explicit(&t->changes, memory_order_relaxed);

	atomic_store_explicit(&t->changes, changes + 1, memory_order_relaxed);
	__atomic_store_n(&t->base[class], base, __ATOMIC_RELEASE);
	__atomic_store_n(&m->room, (int32_t)room, __ATOMIC_RELEASE);
	atomic_store_explicit(&t->changes, changes + 2, memory_order_release);
}

/* Links blocks in front of the stack, the first of them on top. */
static void
push_all(struct mg_thread *t, unsigned class, const uintptr_t *blocks, unsigned n)
{
	uintptr_t next = (uintptr_t)t->magazine[class].head;

	for (unsigned i = n; i-- > 0;) {
		struct mg_block *b = (struct mg_block *)(blocks[i] & ~MG_PARK_ZERO);

		b->next = next ^ t->key;
		b->mark = (blocks[i] & MG_PARK_ZERO) != 0 ? t->key ^ MG_BLOCK_ZERO : t->key;
		next = (uintptr_t)b;
	}
	t->magazine[class].head = (void *)next;
	add_stock(t, class, n);
}

static void
put_back(unsigned class, uintptr_t *blocks, unsigned n)
{
	void *plain[MG_PARK_MAX_BATCH];

	for (unsigned i = 0; i < n; i++)
		plain[i] = (void *)(blocks[i] & ~MG_PARK_ZERO);
	mg_park_put(class, plain, n);
}

bool
mg_magazine_refill(struct mg_thread *t, unsigned class, enum mg_slice_failure *why)
{
	uintptr_t blocks[MG_PARK_MAX_BATCH];
	unsigned want = __atomic_load_n(&t->batch[class], __ATOMIC_RELAXED);
	unsigned most = mg_classes[class].last_batch;
	unsigned n = mg_park_take(class, blocks, want, why);

	if (n == 0)
		return false;
	*why = MG_SLICE_OK;
	if (!mg_pause_enter(t)) {
		put_back(class, blocks, n);
		return false;
	}
	push_all(t, class, blocks, n);
	__atomic_store_n(
	    &t->batch[class], (uint16_t)(2 * want < most ? 2 * want : most), __ATOMIC_RELAXED);
	mg_pause_leave(t);
	return true;
}

/* What the fast path took for a release was none. */
static void
park_counted(unsigned class, void *const *blocks, unsigned n)
{
	unsigned bad = mg_park_put(class, blocks, n);
	struct mg_counters c = { .frees = -(uint64_t)bad,
		.freed_bytes = -(uint64_t)bad * mg_classes[class].bytes };

	if (bad > 0)
		mg_thread_count_direct(&c);
}

/* Walks a chain and parks it, some blocks at a time. One that was released twice makes a ring of
 * it. */
static void
park_chain(const struct mg_thread *t, unsigned class, struct mg_block *b, unsigned length)
{
	void *blocks[MG_PARK_MAX_BATCH];
	unsigned n = 0;

	for (; b != NULL && length > 0; b = next_of(t, b), length--) {
		blocks[n++] = b;
		if (n == MG_PARK_MAX_BATCH) {
			/* The chain goes on in the last one, which may be punched from now on. */
			b = next_of(t, b);
			park_counted(class, blocks, n);
			n = 0;
			if (b == NULL || --length == 0)
				return;
			blocks[n++] = b;
		}
	}
	if (n > 0)
		park_counted(class, blocks, n);
}

/* Cuts the stack below its newer half. */
static struct mg_block *
cut_older_half(struct mg_thread *t, unsigned class, unsigned n)
{
	struct mg_block *b = t->magazine[class].head, *rest;
	unsigned keep = n / 2;

	add_stock(t, class, (int64_t)keep - n);
	if (keep == 0) {
		t->magazine[class].head = NULL;
		return b;
	}
	for (unsigned i = 1; i < keep; i++)
		b = next_of(t, b);
	rest = next_of(t, b);
	b->next = t->key;
	return rest;
}

bool
mg_magazine_make_room(struct mg_thread *t, unsigned class)
{
	unsigned most = mg_classes[class].last_batch * CAP_BATCHES;
	unsigned first = mg_classes[class].first_batch, n, cap, cut = 0;
	struct mg_block *rest = NULL;

	if (!mg_pause_enter(t))
		return false;
	n = count_of(t, class);
	cap = t->cap[class];
	/* At least a quarter must be free after it, or the next look would come at once. It grows
	 * when it is not full too: what alternates would look again after every few releases. */
	if (cap < most) {
		cap = cap == 0 ? 2 * first : 2 * cap;
		cap = cap < most ? cap : most;
		t->cap[class] = (uint16_t)cap;
	} else if (n + cap / 4 >= cap) {
		rest = cut_older_half(t, class, n);
		cut = n - n / 2;
		n /= 2;
	}
	set_room(t, class, cap > n ? cap - n : 1);
	mg_pause_leave(t);
	if (rest != NULL)
		park_chain(t, class, rest, cut);
	return true;
}

/* What magazines held. */
struct haul {
	struct mg_block *head[MG_CLASSES];
	uint16_t n[MG_CLASSES];
};

/* All chains at once, so that the pause is short; they are walked after it. */
static void
take_all(struct mg_thread *t, struct haul *h)
{
	mg_sample_retune(t);
	for (unsigned class = 1; class < MG_CLASSES; class ++) {
		unsigned n = count_of(t, class);

		h->head[class] = t->magazine[class].head;
		h->n[class] = (uint16_t)n;
		t->magazine[class].head = NULL;
		add_stock(t, class, -(int64_t)n);
		set_room(t, class, 0);
		t->cap[class] = 0;
		__atomic_store_n(&t->batch[class], mg_classes[class].first_batch, __ATOMIC_RELAXED);
	}
}

static void
park_all(const struct mg_thread *t, const struct haul *h)
{
	for (unsigned class = 1; class < MG_CLASSES; class ++)
		park_chain(t, class, h->head[class], h->n[class]);
}

void
mg_magazine_empty(struct mg_thread *t)
{
	struct haul h;

	if (!mg_pause_enter(t))
		return;
	take_all(t, &h);
	mg_pause_leave(t);
	park_all(t, &h);
}

void
mg_magazine_empty_other(struct mg_thread *t)
{
	uint32_t state = atomic_load_explicit(&t->state, memory_order_acquire);
	struct haul h;

	if (state == MG_THREAD_FREE || state == MG_THREAD_LOST || !mg_pause_begin(t))
		return;
	/* It may have ended meanwhile, and be nobody's, or another's. */
	state = atomic_load_explicit(&t->state, memory_order_relaxed);
	take_all(t, &h);
	mg_pause_resume(t);
	park_all(t, &h);
	/* Otherwise the next sweep does it. */
	if (state == MG_THREAD_ORPHAN)
		mg_thread_try_put(t);
	mg_pause_end(t);
}

const void *
mg_magazine_condemn(struct mg_thread *t, unsigned class)
{
	unsigned n = count_of(t, class);
	struct mg_counters c = { .double_frees = 1,
		.frees = (uint64_t)-1,
		.freed_bytes = -(uint64_t)mg_classes[class].bytes };

	const void *top = t->magazine[class].head;

	t->magazine[class].head = NULL;
	add_stock(t, class, -(int64_t)n);
	mg_thread_count_direct(&c);
	return top;
}

bool
mg_magazine_holds(const struct mg_thread *t, unsigned class, const void *p)
{
	const struct mg_block *b = t->magazine[class].head;

	/* A block whose links the program has overwritten leads nowhere good: only so far. */
	for (unsigned i = 0; b != NULL && i < t->cap[class]; i++, b = next_of(t, b))
		if (b == p)
			return true;
	return false;
}
