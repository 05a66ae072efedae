/* SPDX-License-Identifier: MIT */
/*
 * The memory cgroup that this process is in: v2 in /sys/fs/cgroup (or its `unified` folder), v1's
 * memory controller beside it. The tightest one up to the root is remembered for 30 s. Any thread;
 * errno is kept.
 */
#ifndef MG_CGROUP_H
#define MG_CGROUP_H

#include "shim/observe/scratch.h"
#include "shim/tables/snapshot.h"

/* Fills cgroup_limit_bytes and cgroup_used_bytes; leaves them where there is no limit. Writes over
 * all of the scratch. */
void mg_cgroup_read(struct mg_snapshot *s, struct mg_scratch *scratch);

/* Forgets which cgroup it was. */
void mg_cgroup_after_fork_child(void);

#endif
