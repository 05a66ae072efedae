/* SPDX-License-Identifier: MIT */
/*
 * The texts of /proc and /sys: parsing apart from reading, so that it can be tested with any text.
 * Pure.
 */
#ifndef MG_KERNEL_H
#define MG_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mg_kernel_machine {
	uint64_t total_bytes;
	uint64_t available_bytes;
	uint64_t swap_total_bytes;
	uint64_t swap_free_bytes;
};

/* /proc/self/statm: "12345 678 90 1 0 234 0", in pages. */
bool mg_kernel_parse_statm(const char *text, uint64_t page_bytes, uint64_t *rss_bytes_out);
/* /proc/meminfo: "MemTotal:       24689860 kB". False without MemTotal. Old kernels have no
 * MemAvailable: MemFree. */
bool mg_kernel_parse_meminfo(const char *text, struct mg_kernel_machine *out);
/* /proc/pressure/memory: "some avg10=1.25 avg60=0.50 avg300=0.10 total=12345". Rounded up to whole
 * percents. */
bool mg_kernel_parse_pressure(const char *text, uint64_t *some_avg10_pct_out);
/* A "Name:   123 kB" line of a /proc status file or of smaps_rollup, as bytes. */
bool mg_kernel_parse_kb(const char *text, const char *name, uint64_t *bytes_out);
/* A "name 123" line of memory.stat. */
bool mg_kernel_parse_field(const char *text, const char *name, uint64_t *out);
/* A memory limit: "max\n" and v1's huge default are UINT64_MAX. */
bool mg_kernel_parse_limit(const char *text, uint64_t *bytes_out);
/*
 * /proc/self/cgroup: the path of the v2 line "0::/a/b" (controller NULL), or of v1's
 * "4:memory:/a/b". False when there is no such line or it does not fit.
 */
bool mg_kernel_parse_cgroup(const char *text, const char *controller, char *path_out, size_t cap);
/* A line of /proc/self/maps: "7f12a000-7f12b000 rw-p 00000000 00:00 0". */
struct mg_proc_mapping {
	uint64_t start, end;
	bool is_readable, is_writable, is_private, is_anonymous;
};
bool mg_kernel_parse_mapping(const char *line, struct mg_proc_mapping *out);

#endif
