/* SPDX-License-Identifier: MIT */
#include "shim/heap/sample.h"

#include "shim/base/hints.h"
#include "shim/heap/class.h"
#include "shim/heap/magazine.h"
#include "shim/heap/pause.h"
#include "shim/heap/slice.h"

#include <errno.h>

#define LN2 0.69314718055994530942
/* Counters of blocks outside of the classes that are samples, by address. */
#define HELD_BITS 14

static MG_SYS_TOGETHER struct {
	const struct mg_sample_sink *_Atomic sink; /* NULL: no samples */
	_Atomic uint64_t mean;
	_Atomic uint64_t large;
} state = { .large = UINT64_MAX };

static _Atomic uint16_t held[1u << HELD_BITS];

/* ---- Chance. */

/* ln x = 2 artanh((x - 1) / (x + 1)), of the mantissa. */
static double
logarithm(double x)
{
	union {
		double d;
		uint64_t u;
	} m = { x };
	int exponent = (int)(m.u >> 52) - 1023;
	double s, square, sum = 0;

	m.u = (m.u & ((UINT64_C(1) << 52) - 1)) | (UINT64_C(1023) << 52);
	s = (m.d - 1) / (m.d + 1);
	square = s * s;
	for (int k = 17; k > 0; k -= 2)
		sum = sum * square + 1.0 / k;
	return 2 * s * sum + exponent * LN2;
}

/* 1 - exp(-x), x >= 0: the series near 0; above, halved first and squared afterwards. */
static double
probability(double x)
{
	int halvings = 0;
	double term = 1, sum = 0, p;

	if (x > 40)
		return 1;
	for (; x > 0.5; halvings++)
		x /= 2;
	for (int k = 1; k <= 12; k++) {
		term *= -x / k;
		sum -= term;
	}
	for (p = sum; halvings > 0; halvings--)
		p = p * (2 - p);
	return p;
}

double
mg_sample_weight(uint64_t bytes, uint64_t mean)
{
	return bytes == 0 || mean == 0 ? 1 : 1 / probability((double)bytes / (double)mean);
}

/* xorshift64*; the owner's. */
static uint64_t
next_random(struct mg_thread *t)
{
	uint64_t x = t->random;

	if (x == 0)
		x = (t->key ^ mg_sys_now_ns() ^ (uintptr_t)t) | 1;
	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	t->random = x;
	return x * UINT64_C(2685821657736338717);
}

/* Bytes to the next sample. */
static double
draw_bytes(struct mg_thread *t, uint64_t mean)
{
	double u = ((double)(next_random(t) >> 11) + 1) / (double)(UINT64_C(1) << 53);

	return -logarithm(u) * (double)mean;
}

/* Allocations of the class to the next sample, it included. */
static int32_t
draw_blocks(struct mg_thread *t, unsigned class, uint64_t mean)
{
	double n = mean == 0 ? INT32_MAX : draw_bytes(t, mean) / mg_classes[class].bytes + 1;

	return n < INT32_MAX ? (int32_t)n : INT32_MAX;
}

/* ---- Magazines. */

/* What was allocated stays what it is. */
static void
set_due(struct mg_thread *t, unsigned class, int32_t due)
{
	struct mg_magazine *m = &t->magazine[class];
	int64_t passed = t->passed[class] + due - m->due;
	uint32_t changes = atomic_load_explicit(&t->changes, memory_order_relaxed);

	atomic_store_explicit(&t->changes, changes + 1, memory_order_relaxed);
	__atomic_store_n(&t->passed[class], passed, __ATOMIC_RELEASE);
	__atomic_store_n(&m->due, due, __ATOMIC_RELEASE);
	atomic_store_explicit(&t->changes, changes + 2, memory_order_release);
}

static bool
is_drawn(const struct mg_thread *t, unsigned class)
{
	return (t->is_drawn[class / 64] >> class % 64 & 1) != 0;
}

void
mg_sample_retune(struct mg_thread *t)
{
	uint64_t mean = mg_sample_mean();

	if (t->drawn_mean == mean)
		return;
	for (unsigned class = 1; class < MG_CLASSES; class ++)
		if (is_drawn(t, class))
			set_due(t, class, 0);
	t->is_drawn[0] = t->is_drawn[1] = 0;
	t->drawn_mean = mean;
}

/*
 * A countdown has no memory: where none was drawn yet, this allocation is the first that may end
 * it.
 */
MG_COLD struct mg_sample_pick
mg_sample_draw(struct mg_thread *t, unsigned class)
{
	uint64_t mean;
	bool is_sample;
	int32_t n;

	if (!mg_pause_enter(t))
		return (struct mg_sample_pick){ 0 };
	mean = t->drawn_mean;
	is_sample = is_drawn(t, class) && mean != 0;
	mg_sample_retune(t);
	n = draw_blocks(t, class, t->drawn_mean);
	if (!is_sample && n == 1) {
		is_sample = true;
		mean = t->drawn_mean;
		n = draw_blocks(t, class, mean);
	}
	/* A sample does not pass the magazine; all others count. */
	set_due(t, class, is_sample ? n - 1 : n);
	t->is_drawn[class / 64] |= UINT64_C(1) << class % 64;
	mg_pause_leave(t);
	if (!is_sample)
		return (struct mg_sample_pick){ 0 };
	return (struct mg_sample_pick){ mg_classes[class].bytes,
		mg_sample_weight(mg_classes[class].bytes, mean) };
}

void
mg_sample_pass_over(struct mg_thread *t, unsigned class)
{
	if (!mg_pause_enter(t))
		return;
	if (mg_sample_is_due(t, class))
		set_due(t, class, 1);
	mg_pause_leave(t);
}

/* ---- All others. */

struct mg_sample_pick
mg_sample_pass(struct mg_thread *t, uint64_t bytes)
{
	uint64_t mean = mg_sample_mean();

	if (!mg_thread_has_record(t) || mean == 0)
		return (struct mg_sample_pick){ 0 };
	if (t->left_mean != mean) {
		t->left_mean = mean;
		t->left = (int64_t)draw_bytes(t, mean);
	}
	t->left -= (int64_t)bytes;
	if (t->left >= 0)
		return (struct mg_sample_pick){ 0 };
	t->left = (int64_t)draw_bytes(t, mean);
	return (struct mg_sample_pick){ bytes, mg_sample_weight(bytes, mean) };
}

static bool
is_of_class(const void *p)
{
	size_t slice = mg_slice_of(p);

	return slice < mg_region_slices() && mg_region.class[slice] != 0;
}

static _Atomic uint16_t *
held_at(const void *p)
{
	uint64_t hash = ((uintptr_t)p >> 4) * UINT64_C(0x9e3779b97f4a7c15);

	return &held[hash >> (64 - HELD_BITS)];
}

static void
hold(const void *p, int by)
{
	if (!is_of_class(p))
		atomic_fetch_add_explicit(held_at(p), (uint16_t)by, memory_order_relaxed);
}

static bool
may_be_held(const void *p)
{
	return is_of_class(p) ? mg_region.class[mg_slice_of(p)] >= MG_CLASSES
			      : atomic_load_explicit(held_at(p), memory_order_relaxed) != 0;
}

/* ---- The sink. */

void
mg_sample_note(void *p, uint64_t asked, struct mg_sample_pick pick)
{
	const struct mg_sample_sink *sink = atomic_load_explicit(&state.sink, memory_order_acquire);
	bool is_large = asked >= atomic_load_explicit(&state.large, memory_order_relaxed);
	int saved = errno;

	if ((pick.bytes == 0 && !is_large) || sink == NULL || mg_thread_self.internal > 0)
		return;
	mg_thread_self.internal++;
	if (pick.bytes != 0)
		hold(p, 1);
	sink->take(p, pick.bytes, pick.weight, is_large ? asked : 0);
	mg_thread_self.internal--;
	errno = saved;
}

bool
mg_sample_forget(const void *p, struct mg_sample *out)
{
	const struct mg_sample_sink *sink;

	if (!may_be_held(p))
		return false;
	sink = atomic_load_explicit(&state.sink, memory_order_acquire);
	if (sink == NULL || !sink->forget(p, out))
		return false;
	hold(p, -1);
	return true;
}

void
mg_sample_keep(void *p, struct mg_sample *s, uint64_t bytes)
{
	const struct mg_sample_sink *sink = atomic_load_explicit(&state.sink, memory_order_acquire);
	double weight = mg_sample_weight(bytes, mg_sample_mean());

	/* Had it been so large from its start, it would have been sampled as likely. */
	if (bytes > s->bytes && weight < s->weight)
		s->weight = weight;
	s->bytes = bytes;
	hold(p, 1);
	sink->keep(p, s);
}

void
mg_sample_end_copy(void)
{
	const struct mg_sample_sink *sink = atomic_load_explicit(&state.sink, memory_order_acquire);

	if (sink != NULL)
		sink->copied();
}

void
mg_sample_start(const struct mg_sample_sink *sink)
{
	atomic_store_explicit(&state.sink, sink, memory_order_release);
}

void
mg_sample_set_mean(uint64_t bytes)
{
	if (atomic_exchange_explicit(&state.mean, bytes, memory_order_relaxed) == bytes)
		return;
	/* Their countdowns may be long. */
	mg_thread_self.locked++;
	for (struct mg_thread *t = mg_thread_first(); t != NULL; t = t->next)
		mg_magazine_empty_other(t);
	mg_thread_self.locked--;
}

uint64_t
mg_sample_mean(void)
{
	return atomic_load_explicit(&state.mean, memory_order_relaxed);
}

void
mg_sample_set_large(uint64_t bytes)
{
	atomic_store_explicit(&state.large, bytes != 0 ? bytes : UINT64_MAX, memory_order_relaxed);
}
