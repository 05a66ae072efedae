/* SPDX-License-Identifier: MIT */
/*
 * What the resident memory of a process is made of. The parts are disjoint and add up to what its
 * mappings say; statistics and mappings are read one after the other, and may differ by what
 * happened in between. Pure.
 */
#ifndef MG_BREAKDOWN_H
#define MG_BREAKDOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/doctor/readings.h"

struct mg_breakdown {
	uint64_t rss_bytes;
	bool
	    has_heap; /* governed, and it answered; else all that is anonymous is in beyond_bytes */
	uint64_t heap_bytes; /* at most: blocks above 1M count in full, touched or not */
	uint64_t live_bytes, free_bytes, own_bytes; /* of the heap, resident or not */
	uint64_t beyond_bytes; /* anonymous memory that is not the heap's, at least */
	bool has_stacks;       /* else stacks and written pages of files are anonymous memory */
	uint64_t stack_bytes, file_bytes, shared_bytes;
	uint64_t swap_bytes; /* not resident */
};

struct mg_breakdown mg_breakdown_make(const struct mg_readings_process *p);

#endif
