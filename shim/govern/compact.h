/* SPDX-License-Identifier: MIT */
/*
 * A compaction: bring together what is free in all threads, give its pages back, then measure what
 * really left the process's RSS. The yield is never estimated; nothing returned is reported as 0.
 * Split in begin, step, finish so that the governor answers its socket in between; memgov_compact()
 * and malloc_trim() run the three in a row. Any thread.
 */
#ifndef MG_COMPACT_H
#define MG_COMPACT_H

#include "shim/heap/heap.h"
#include "shim/tables/snapshot.h"

#include <stdbool.h>
#include <stdint.h>

struct mg_compact {
	uint64_t began_ns;
	uint64_t
	    deadline_ns; /* threads that have not joined in by then sleep, and are left alone */
	struct mg_heap_collection collection;
	bool aggressive;
	uint64_t rss_before_bytes;
	uint64_t rss_after_bytes;
	uint64_t scanned_bytes;
	uint64_t yield_bytes;
	uint64_t took_ns;
	uint64_t cpu_ns;
};

void mg_compact_begin(struct mg_compact *c, bool aggressive);
/* A step of some hundred microseconds. False when there is nothing left to do or to wait for. */
bool mg_compact_step(struct mg_compact *c);
/* True when steps do no work, but wait for threads of the program. */
bool mg_compact_waits(const struct mg_compact *c);
/* Measures, counts, and writes the event: "reason: 12.3M back in 5ms". */
void mg_compact_finish(struct mg_compact *c, const char *reason);

/* All of it, without waiting for other threads. Returns the yield. */
uint64_t mg_compact_now(bool aggressive, const char *reason);

/* Fills the rows about compactions. */
void mg_compact_read(struct mg_snapshot *s);
/* Counts memory that the program says it released elsewhere. */
void mg_compact_add_released(uint64_t bytes);

void mg_compact_after_fork_child(void);

#endif
