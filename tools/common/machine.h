/* SPDX-License-Identifier: MIT */
/* The machine's memory, as the kernel tells it. Parsing is separate from reading. */
#ifndef MG_MACHINE_H
#define MG_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

struct mg_machine {
	uint64_t total_bytes, available_bytes; /* total is 0 when unknown */
	uint64_t swap_total_bytes, swap_free_bytes;
	/* What it is used for; 0 where the kernel does not say. Cache gives way, the rest does not.
	 */
	uint64_t anonymous_bytes, shared_bytes, kernel_bytes, huge_bytes, cache_bytes;
	uint64_t commit_limit_bytes, committed_bytes;
	bool has_stall; /* the kernel has PSI */
	/* Share of the last 10 s in which some task, or all of them, waited for memory; in
	 * hundredths of a percent. */
	unsigned stall_some, stall_full;
};

/* The text of /proc/meminfo. 0, or -EINVAL when the total is missing. Where MemAvailable is missing
 * (before Linux 3.14), free memory and page cache stand in for it. */
int mg_machine_parse_meminfo(const char *text, struct mg_machine *out);

/* The text of /proc/pressure/memory. 0 or -EINVAL. */
int mg_machine_parse_stall(const char *text, struct mg_machine *out);

/* Reads both; what cannot be read is left at 0. */
void mg_machine_read(struct mg_machine *out);

/* Memory in use, in percent of the total; 0 when unknown. */
unsigned mg_machine_used_pct(const struct mg_machine *m);

#endif
