/* SPDX-License-Identifier: MIT */
#include "tools/doctor/breakdown.h"

/* Of the anonymous memory, what is beyond the heap: the heap's footprint may be in swap as well. */
static uint64_t
beyond(uint64_t anonymous, uint64_t swapped, uint64_t footprint)
{
	uint64_t most = anonymous + swapped > footprint ? anonymous + swapped - footprint : 0;

	return most < anonymous ? most : anonymous;
}

struct mg_breakdown
mg_breakdown_make(const struct mg_readings_process *p)
{
	const struct mg_snapshot *s = &p->stats.values;
	const struct mg_mappings *m = &p->mappings;
	struct mg_breakdown b = { .has_stacks = p->mappings_error == 0 };
	uint64_t anonymous = p->memory.anonymous_bytes, swapped = p->memory.swap_bytes;

	b.file_bytes = p->memory.file_bytes;
	b.shared_bytes = p->memory.shared_bytes;
	b.swap_bytes = p->memory.swap_bytes;
	if (b.has_stacks) {
		anonymous = m->resident_bytes[MG_MAPPINGS_ANONYMOUS];
		swapped = m->swapped_bytes[MG_MAPPINGS_ANONYMOUS];
		b.stack_bytes = m->resident_bytes[MG_MAPPINGS_STACK];
		b.file_bytes = m->resident_bytes[MG_MAPPINGS_FILE];
		b.shared_bytes = m->resident_bytes[MG_MAPPINGS_SHARED];
	}
	b.rss_bytes = anonymous + b.stack_bytes + b.file_bytes + b.shared_bytes;
	if (b.rss_bytes == 0) /* no parts before Linux 4.5 */
		b.rss_bytes = p->memory.rss_bytes;
	b.has_heap = p->stats.has[MG_REPLY_STAT_heap_footprint_bytes];
	b.beyond_bytes = beyond(anonymous, swapped, b.has_heap ? s->heap_footprint_bytes : 0);
	if (!b.has_heap)
		return b;
	b.heap_bytes = anonymous - b.beyond_bytes;
	b.live_bytes = s->live_bytes;
	b.free_bytes = s->cached_bytes + s->parked_bytes;
	b.own_bytes = s->own_bytes;
	return b;
}
