/* SPDX-License-Identifier: MIT */
/* memgov.h: what a program may ask of its governor, and tell it. */
#include "shim/base/text.h"
#include "shim/govern/compact.h"
#include "shim/govern/govern.h"
#include "shim/govern/limit.h"
#include "shim/govern/live.h"
#include "shim/govern/survey.h"
#include "shim/hooks/export.h"
#include "shim/memgov.h"

#include <errno.h>
#include <string.h>

EXPORT uint64_t
memgov_compact(void)
{
	int saved = errno;
	uint64_t yield_bytes =
	    mg_compact_now(mg_live_config()->aggressive != 0, "asked for by the program");

	errno = saved;
	return yield_bytes;
}

EXPORT int
memgov_stats(struct memgov_stats *out)
{
	int saved = errno;
	struct memgov_stats full;
	struct mg_snapshot s;

	if (out == NULL || out->size < sizeof out->size)
		return -1;
	mg_survey_take(&s);
	full = (struct memgov_stats){
		.size = out->size,
		.heap_limit_bytes = s.heap_limit_bytes,
		.heap_footprint_bytes = s.heap_footprint_bytes,
		.heap_peak_bytes = s.heap_peak_bytes,
		.live_bytes = s.live_bytes,
		.live_blocks = s.live_blocks,
		.allocs = s.allocs,
		.frees = s.frees,
		.reallocs = s.reallocs,
		.rss_bytes = s.rss_bytes,
		.returned_bytes = s.returned_bytes,
		.compactions = s.compactions,
		.limit_hits = s.limit_hits,
		.refused_allocs = s.refused_allocs,
		.foreign_frees = s.foreign_frees,
		.system_used_pct = s.system_used_pct,
	};
	memcpy(out, &full, out->size < sizeof full ? out->size : sizeof full);
	errno = saved;
	return 0;
}

EXPORT int
memgov_set(const char *name, const char *value)
{
	char buf[512];
	struct mg_text why;
	int err;

	if (name == NULL || value == NULL)
		return -EINVAL;
	mg_text_init(&why, buf, sizeof buf);
	err = mg_live_set(name, value, &why);
	if (err == 0)
		mg_govern_wake();
	return err;
}

EXPORT void
memgov_released(uint64_t bytes)
{
	mg_compact_add_released(bytes);
}

EXPORT int
memgov_on_pressure(memgov_pressure_fn *callback, void *arg)
{
	return mg_limit_add_callback(callback, arg);
}
