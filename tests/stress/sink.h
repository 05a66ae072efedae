/* SPDX-License-Identifier: MIT */
/* A sink of samples that knows which blocks are: none is taken twice, or forgotten when it was not
 * taken, and when all blocks are gone, all samples are. */
#ifndef STRESS_SINK_H
#define STRESS_SINK_H

#include "shim/heap/sample.h"
#include "tests/stress/stress.h"

#define SINK_ROWS 65536

static struct {
	struct mg_lock lock;
	uintptr_t at[SINK_ROWS]; /* 1: was one */
	struct mg_sample sample[SINK_ROWS];
	_Atomic uint64_t live, taken;
} sink;

/* The row of p, or one for it. */
static inline size_t
sink_row(uintptr_t p, bool wants_free)
{
	size_t row = (p >> 4) * 2654435761u % SINK_ROWS, first_free = SINK_ROWS;

	for (size_t i = 0; i < SINK_ROWS; i++, row = (row + 1) % SINK_ROWS) {
		if (sink.at[row] == p)
			return row;
		if (sink.at[row] <= 1 && first_free == SINK_ROWS)
			first_free = row;
		if (sink.at[row] == 0)
			break;
	}
	return wants_free ? first_free : SINK_ROWS;
}

static inline void
sink_keep(void *p, const struct mg_sample *s)
{
	size_t row;

	mg_sys_lock(&sink.lock);
	row = sink_row((uintptr_t)p, true);
	CHECK(row < SINK_ROWS && sink.at[row] != (uintptr_t)p);
	sink.at[row] = (uintptr_t)p;
	sink.sample[row] = *s;
	mg_sys_unlock(&sink.lock);
	atomic_fetch_add(&sink.live, 1);
}

static inline void
sink_take(void *p, uint64_t bytes, double weight, uint64_t large_bytes)
{
	struct mg_sample s = { .bytes = bytes, .weight = weight };

	CHECK(large_bytes == 0 || large_bytes >= 1 << 20);
	if (bytes == 0)
		return;
	CHECK(weight >= 1);
	sink_keep(p, &s);
	atomic_fetch_add(&sink.taken, 1);
}

static inline bool
sink_forget(const void *p, struct mg_sample *out)
{
	size_t row;

	mg_sys_lock(&sink.lock);
	row = sink_row((uintptr_t)p, false);
	if (row < SINK_ROWS) {
		*out = sink.sample[row];
		sink.at[row] = 1;
		atomic_fetch_sub(&sink.live, 1);
	}
	mg_sys_unlock(&sink.lock);
	return row < SINK_ROWS;
}

static inline void
sink_copied(void)
{
}

/* Called again and again: samples at another rate, or none for a while. */
static inline void
sink_change_mean(void)
{
	static const uint64_t means[] = { 4096, 0, 512 << 10, 32768 };
	static unsigned n;

	mg_sample_set_mean(means[n++ % 4]);
}

static inline void
sink_start(void)
{
	static const struct mg_sample_sink s = { sink_take, sink_forget, sink_keep, sink_copied };

	mg_sample_start(&s);
	mg_sample_set_large(1 << 20);
}

static inline void
sink_check_empty(void)
{
	CHECK(sink.live == 0 && sink.taken > 100);
}

#endif
