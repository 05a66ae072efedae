/* SPDX-License-Identifier: MIT */
/* One command, run again and again, with a pause after each run. Signals that may end memgov end
 * the command first, and are told to the caller. One at a time, one thread. */
#ifndef MG_REPEAT_H
#define MG_REPEAT_H

#include <stdint.h>

#include "tools/cli/child.h"

struct mg_repeat {
	char **command;
	uint64_t pause_ns;
	/* private */
	struct mg_child child;
	int files[3];
};

/* Both return 0; or an exit status, and it is said why: 126 or 127 when the command cannot be
 * executed; 128 + N, without a word, after signal N; MG_USAGE_FAILED when the command failed, with
 * what it wrote to standard error. Its output is thrown away. */
int mg_repeat_open(struct mg_repeat *r, char **command, uint64_t pause_ns);
int mg_repeat_run(struct mg_repeat *r);

/* After mg_repeat_open() went well. */
void mg_repeat_close(struct mg_repeat *r);

#endif
