/* SPDX-License-Identifier: MIT */
/* The supervision of `memgov run`: starts a program again whenever it has grown too large. */
#ifndef MG_SUPERVISE_H
#define MG_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>

struct mg_supervise {
	uint64_t above_bytes; /* RSS; 0: the program is left alone */
	uint64_t grace_ns;    /* from SIGTERM to SIGKILL */
	uint64_t most;        /* restarts; 0: without end */
	bool has_details;     /* one of the last two was given */
};

void mg_supervise_init(struct mg_supervise *o);

/* Takes the value of --restart-above, --grace or --max-restarts (`name` without dashes in front,
 * with "_" between). 0; -ENOENT when it is none of them; or an exit status, and it is said. */
int mg_supervise_take(struct mg_supervise *o, const char *name, const char *value);

/* 0, or an exit status, and it is said what does not go together. */
int mg_supervise_check(const struct mg_supervise *o);

/*
 * Runs argv with this process's environment until it ends by itself. `library` as in child.h.
 * Returns the exit status for this process: the command's own, 128 + N when signal N killed it or
 * when N came between two runs, MG_USAGE_EXHAUSTED when it grew too large once too often, 126 or
 * 125 when it could not be executed.
 */
int mg_supervise_run(char **argv, const char *library, const struct mg_supervise *o);

#endif
