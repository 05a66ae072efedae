/* SPDX-License-Identifier: MIT */
/*
 * The fast paths of malloc and free: a class, a pop; a class, a push. No lock, no atomic
 * read-modify-write, no call. Whatever is not usual (a large size, an empty or full magazine, a
 * thread without a record, a signal handler inside malloc, a pause, a second release) is told by
 * one of the compares and left to heap.h.
 */
#ifndef MG_FAST_H
#define MG_FAST_H

#include "shim/base/hints.h"
#include "shim/heap/entry.h"
#include "shim/heap/magazine.h"

#include <stdatomic.h>
#include <stddef.h>

/* The owner's entry to its magazines; the handshake of thread.h. */
static inline bool
mg_fast_enter(struct mg_thread *t)
{
	if (atomic_load_explicit(&t->busy, memory_order_relaxed) != 0)
		return false;
	atomic_store_explicit(&t->busy, 1, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
	return true;
}

static inline bool
mg_fast_may(const struct mg_thread *t)
{
	return MG_LIKELY(atomic_load_explicit(&t->paused, memory_order_acquire) == 0);
}

static inline void
mg_fast_leave(struct mg_thread *t)
{
	atomic_store_explicit(&t->busy, 0, memory_order_release);
}

/* gcc would compute the address again for every field. */
static inline struct mg_magazine *
mg_fast_magazine(struct mg_thread *t, size_t class)
{
	char *at = (char *)t + class * sizeof t->magazine[0];

	__asm__("" : "+r"(at));
	return (struct mg_magazine *)(at + offsetof(struct mg_thread, magazine));
}

/* While entered. NULL when the magazine is empty, it is time for a sample, or its top is in
 * disorder. */
static inline struct mg_block *
mg_fast_pop(struct mg_thread *t, unsigned class, bool *is_zero)
{
	struct mg_magazine *m = mg_fast_magazine(t, class);
	struct mg_block *b = m->head;
	int32_t due = m->due - 1;
	uint64_t mark;

	if (!MG_LIKELY(due >= 0) || !MG_LIKELY(b != NULL))
		return NULL;
	mark = b->mark ^ t->key;
	if (!MG_LIKELY(mark <= MG_BLOCK_ZERO))
		return NULL;
	m->head = (void *)(b->next ^ t->key);
	__atomic_store_n(&m->due, due, __ATOMIC_RELAXED);
	b->mark = 0;
	*is_zero = mark != 0;
	return b;
}

/* While entered. False when it is time to look whether the magazine is full, and for a block that
 * was released just now. */
static inline bool
mg_fast_push(struct mg_thread *t, unsigned class, struct mg_block *b)
{
	struct mg_magazine *m = mg_fast_magazine(t, class);
	int32_t room = m->room - 1;

	if (MG_LIKELY(room >= 0) && MG_LIKELY(m->head != b)) {
		b->next = (uintptr_t)m->head ^ t->key;
		b->mark = t->key;
		m->head = b;
		__atomic_store_n(&m->room, room, __ATOMIC_RELAXED);
		return true;
	}
	return false;
}

/* NULL: ask mg_heap_malloc(). */
static inline void *
mg_fast_malloc(size_t n)
{
	struct mg_thread *t = mg_thread_self.record;
	struct mg_block *b = NULL;
	bool is_zero;

	if (MG_LIKELY(n - 1 < mg_entry_small_bytes) && MG_LIKELY(mg_fast_enter(t))) {
		if (mg_fast_may(t))
			b = mg_fast_pop(t, mg_class_of(n), &is_zero);
		mg_fast_leave(t);
	}
	return b;
}

/* NULL: ask mg_heap_zalloc(). */
static inline void *
mg_fast_zalloc(size_t n)
{
	struct mg_thread *t = mg_thread_self.record;
	struct mg_block *b = NULL;
	bool is_zero = false;

	if (MG_LIKELY(n - 1 < mg_entry_small_bytes) && MG_LIKELY(mg_fast_enter(t))) {
		if (mg_fast_may(t))
			b = mg_fast_pop(t, mg_class_of(n), &is_zero);
		mg_fast_leave(t);
	}
	if (b != NULL)
		__builtin_memset(b, 0, is_zero ? sizeof *b : n);
	return b;
}

/* False: ask mg_heap_free(). */
static inline bool
mg_fast_free(void *p)
{
	struct mg_thread *t = mg_thread_self.record;
	size_t slice = mg_slice_of(p);
	bool done = false;

	if (MG_LIKELY(slice < mg_region_slices()) && MG_LIKELY(mg_fast_enter(t))) {
		if (mg_fast_may(t))
			done = mg_fast_push(t, mg_region.class[slice], p);
		mg_fast_leave(t);
	}
	return done;
}

#endif
