/* SPDX-License-Identifier: MIT */
/*
 * Storage for texts that are too large for a program's stack: with MEMGOV_THREAD=0 the governor's
 * work is done inside malloc, on stacks of 16 KiB. One for all, with a lock that nobody waits for:
 * whoever finds it taken (another thread, a signal handler) gets a mapping of his own. Any thread.
 */
#ifndef MG_SCRATCH_H
#define MG_SCRATCH_H

/* What is looked for in a text stands in its first 2 KiB. */
#define MG_SCRATCH_TEXT_BYTES 4096
#define MG_SCRATCH_PATH_BYTES 512

struct mg_scratch {
	char text[MG_SCRATCH_TEXT_BYTES];
	char cgroup[MG_SCRATCH_PATH_BYTES / 2];
	char dir[MG_SCRATCH_PATH_BYTES];
	char best_dir[MG_SCRATCH_PATH_BYTES];
	char path[MG_SCRATCH_PATH_BYTES + 64];
};

/* NULL when there is no memory. Its content is anything. */
struct mg_scratch *mg_scratch_get(void);
void mg_scratch_put(struct mg_scratch *s); /* not NULL */

void mg_scratch_after_fork_child(void);

#endif
