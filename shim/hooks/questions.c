/* SPDX-License-Identifier: MIT */
/*
 * What programs ask the C library about its heap; without these they would be told of one that
 * nobody uses.
 */
#include "shim/base/log.h"
#include "shim/base/text.h"
#include "shim/heap/heap.h"
#include "shim/hooks/export.h"
#include "shim/memgov.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>

EXPORT size_t
malloc_usable_size(void *p)
{
	return mg_heap_usable(p);
}

EXPORT int
malloc_trim(size_t pad)
{
	(void)pad;
	return memgov_compact() > 0;
}

EXPORT struct mallinfo2
mallinfo2(void)
{
	struct mg_snapshot s = { 0 };

	mg_heap_read(&s);
	return (struct mallinfo2){
		.arena = s.heap_footprint_bytes,
		.ordblks = 1,
		.uordblks = s.live_bytes,
		.fordblks = s.heap_footprint_bytes > s.live_bytes
				? s.heap_footprint_bytes - s.live_bytes
				: 0,
		.keepcost = s.parked_bytes,
		.usmblks = s.heap_peak_bytes,
	};
}

static int
clip(size_t v)
{
	return v > INT32_MAX ? INT32_MAX : (int)v;
}

EXPORT struct mallinfo
mallinfo(void)
{
	struct mallinfo2 m = mallinfo2();

	return (struct mallinfo){
		.arena = clip(m.arena),
		.ordblks = clip(m.ordblks),
		.uordblks = clip(m.uordblks),
		.fordblks = clip(m.fordblks),
		.keepcost = clip(m.keepcost),
		.usmblks = clip(m.usmblks),
	};
}

EXPORT int
malloc_info(int options, FILE *stream)
{
	struct mg_snapshot s = { 0 };
	char buf[512];
	struct mg_text t;

	if (options != 0)
		return EINVAL;
	mg_heap_read(&s);
	mg_text_init(&t, buf, sizeof buf);
	mg_text_add(&t, "<malloc version=\"memgov-1\">\n");
	mg_text_add(
	    &t, "<total type=\"live\" count=\"%lu\" size=\"%lu\"/>\n", s.live_blocks, s.live_bytes);
	mg_text_add(&t, "<system type=\"current\" size=\"%lu\"/>\n", s.heap_footprint_bytes);
	mg_text_add(&t, "<system type=\"max\" size=\"%lu\"/>\n</malloc>\n", s.heap_peak_bytes);
	return fwrite(buf, 1, t.len, stream) == t.len ? 0 : -1;
}

EXPORT void
malloc_stats(void)
{
	struct mg_snapshot s = { 0 };
	char buf[512];
	struct mg_text t;

	mg_heap_read(&s);
	mg_text_init(&t, buf, sizeof buf);
	mg_text_add(&t, "memgov:\nsystem bytes     = %10lu\n", s.heap_footprint_bytes);
	mg_text_add(&t, "in use bytes     = %10lu\n", s.live_bytes);
	mg_text_add(&t, "blocks in use    = %10lu\nmost charged     = %10lu\n", s.live_blocks,
	    s.heap_peak_bytes);
	mg_log_last_words(2, buf, t.len);
}

/* glibc's knobs turn nothing here; "set" is the answer that surprises no program. */
EXPORT int
mallopt(int param, int value)
{
	(void)param;
	(void)value;
	return 1;
}
