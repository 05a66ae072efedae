/* SPDX-License-Identifier: MIT */
/*
 * /proc and /sys: the only reader of them in the library. Parsing is apart from reading, so that it
 * can be tested with any text. What cannot be read leaves its statistics at 0, which policies take
 * for "unknown". Any thread; opens and closes a few descriptors of the calling thread's table;
 * errno is kept.
 */
#ifndef MG_PROC_H
#define MG_PROC_H

#include "shim/tables/snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mg_proc_machine {
	uint64_t total_bytes;
	uint64_t available_bytes;
	uint64_t swap_total_bytes;
	uint64_t swap_free_bytes;
};

/* /proc/self/statm: "12345 678 90 1 0 234 0", in pages. */
bool mg_proc_parse_statm(const char *text, uint64_t page_bytes, uint64_t *rss_bytes_out);
/* /proc/meminfo: "MemTotal:       24689860 kB". False without MemTotal. Old kernels have no
 * MemAvailable: MemFree. */
bool mg_proc_parse_meminfo(const char *text, struct mg_proc_machine *out);
/* /proc/pressure/memory: "some avg10=1.25 avg60=0.50 avg300=0.10 total=12345". Rounded up to whole
 * percents. */
bool mg_proc_parse_pressure(const char *text, uint64_t *some_avg10_pct_out);
/* A "Name:   123 kB" line of a /proc status file or of smaps_rollup, as bytes. */
bool mg_proc_parse_kb(const char *text, const char *name, uint64_t *bytes_out);
/* A "name 123" line of memory.stat. */
bool mg_proc_parse_field(const char *text, const char *name, uint64_t *out);
/* A memory limit: "max\n" and v1's huge default are UINT64_MAX. */
bool mg_proc_parse_limit(const char *text, uint64_t *bytes_out);
/*
 * /proc/self/cgroup: the path of the v2 line "0::/a/b" (controller NULL), or of v1's
 * "4:memory:/a/b". False when there is no such line or it does not fit.
 */
bool mg_proc_parse_cgroup(const char *text, const char *controller, char *path_out, size_t cap);
/* A line of /proc/self/maps: "7f12a000-7f12b000 rw-p 00000000 00:00 0". */
struct mg_proc_mapping {
	uint64_t start, end;
	bool is_writable, is_private, is_anonymous;
};
bool mg_proc_parse_mapping(const char *line, struct mg_proc_mapping *out);

/* Fills the PROCESS rows that the kernel knows, and the SYSTEM rows. */
void mg_proc_read(struct mg_snapshot *s);
uint64_t mg_proc_rss_bytes(void);

/* Memory this process may use at all: of the machine, or of its tightest cgroup; 0 when unknown. */
uint64_t mg_proc_machine_bytes(void);

/* Forgets what it remembers of cgroups. */
void mg_proc_after_fork_child(void);

/* Last path component of the program's file, "python3.11"; "?" when unknown. */
void mg_proc_program(char *out, size_t cap);

/* Calls `visit` for every mapping. Stops when visit returns false. */
typedef bool mg_proc_mapping_fn(const struct mg_proc_mapping *m, void *arg);
void mg_proc_visit_mappings(mg_proc_mapping_fn *visit, void *arg);

#endif
