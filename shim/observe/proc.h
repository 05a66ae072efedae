/* SPDX-License-Identifier: MIT */
/*
 * /proc: with cgroup.c the only reader of the kernel's texts. What cannot be read leaves its
 * statistics at 0, which policies take for "unknown". Any thread, on any stack: large texts go to
 * scratch storage; opens and closes a few descriptors of the calling thread's table; errno is kept.
 */
#ifndef MG_PROC_H
#define MG_PROC_H

#include "shim/base/kernel.h"
#include "shim/tables/snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
