/* SPDX-License-Identifier: MIT */
/*
 * A bounded history of the heap. When it is full, the point that is missed least goes: the one
 * whose neighbours are closest together, measured against its age. So the last minutes are dense,
 * and a day still fits. Pure: storage and time come from the caller, who also serialises.
 */
#ifndef MG_HISTORY_H
#define MG_HISTORY_H

#include <stddef.h>
#include <stdint.h>

struct mg_point {
	uint64_t time_ns;
	uint64_t heap_footprint_bytes;
	uint64_t live_bytes;
	uint64_t cached_bytes;
	uint64_t parked_bytes;
	uint64_t rss_bytes;
	uint64_t returned_bytes;
	uint64_t allocs, frees; /* since the start */
};

struct mg_history {
	struct mg_point *points; /* oldest first */
	size_t cap;              /* at least 2 */
	size_t n;
};

/* time_ns never falls. */
void mg_history_add(struct mg_history *h, const struct mg_point *p);

#endif
