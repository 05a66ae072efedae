/* SPDX-License-Identifier: MIT */
/*
 * Where samples of the fuzzed heap go: a table by address, which must never hold but live blocks.
 * Any thread.
 */
#ifndef FUZZ_HEAP_SINK_H
#define FUZZ_HEAP_SINK_H

#include "shim/heap/heap.h"
#include "shim/heap/sample.h"
#include "tests/fuzz/check.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SINK_SAMPLES 8192u
#define SINK_BUCKETS 4096u

static struct {
	pthread_mutex_t lock;
	struct sink_sample {
		uintptr_t p; /* 0: free */
		struct mg_sample sample;
		uint32_t next;
	} samples[SINK_SAMPLES + 1]; /* 0 is none */
	uint32_t bucket[SINK_BUCKETS];
	uint32_t unused; /* list */
	uint32_t used;   /* the first so many were ever used */
	uint32_t live;
	uint64_t large_bytes;
} sink = { .lock = PTHREAD_MUTEX_INITIALIZER };

static inline uint32_t *
sink_bucket(uintptr_t p)
{
	return &sink.bucket[(p >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 52];
}

static inline void
sink_put(void *p, const struct mg_sample *s)
{
	uint32_t i;

	pthread_mutex_lock(&sink.lock);
	i = sink.unused;
	if (i != 0)
		sink.unused = sink.samples[i].next;
	else
		i = ++sink.used;
	FUZZ_CHECK(i <= SINK_SAMPLES);
	sink.samples[i] = (struct sink_sample){ (uintptr_t)p, *s, *sink_bucket((uintptr_t)p) };
	*sink_bucket((uintptr_t)p) = i;
	sink.live++;
	pthread_mutex_unlock(&sink.lock);
}

static inline void
sink_take(void *p, uint64_t bytes, double weight, uint64_t large_bytes)
{
	struct mg_sample s = { .site = 1, .bytes = bytes, .weight = weight };

	FUZZ_CHECK(large_bytes == 0 || (sink.large_bytes != 0 && large_bytes >= sink.large_bytes));
	FUZZ_CHECK(bytes > 0 ? weight >= 1 : large_bytes > 0);
	if (bytes > 0)
		sink_put(p, &s);
}

static inline bool
sink_forget(const void *p, struct mg_sample *out)
{
	bool found = false;

	pthread_mutex_lock(&sink.lock);
	for (uint32_t *at = sink_bucket((uintptr_t)p); *at != 0; at = &sink.samples[*at].next) {
		uint32_t i = *at;

		if (sink.samples[i].p != (uintptr_t)p)
			continue;
		*out = sink.samples[i].sample;
		*at = sink.samples[i].next;
		sink.samples[i].p = 0;
		sink.samples[i].next = sink.unused;
		sink.unused = i;
		sink.live--;
		found = true;
		break;
	}
	pthread_mutex_unlock(&sink.lock);
	return found;
}

static inline void
sink_keep(void *p, const struct mg_sample *s)
{
	FUZZ_CHECK(s->site == 1 && s->weight >= 1);
	sink_put(p, s);
}

static inline void
sink_copied(void)
{
	FUZZ_CHECK(!"a copy past the fork handlers");
}

static const struct mg_sample_sink sink_functions = {
	.take = sink_take,
	.forget = sink_forget,
	.keep = sink_keep,
	.copied = sink_copied,
};

/* Every sample is a block; `is_live` knows which there are. */
static inline void
sink_check(bool (*is_live)(const void *p))
{
	for (uint32_t i = 1; i <= sink.used; i++) {
		const struct sink_sample *s = &sink.samples[i];

		if (s->p == 0)
			continue;
		FUZZ_CHECK(is_live((const void *)s->p));
		FUZZ_CHECK(s->sample.bytes <= mg_heap_usable((void *)s->p));
	}
}

#endif
