/* SPDX-License-Identifier: MIT */
/*
 * Whether a command can be governed at all, found out before it is started: the dynamic loader
 * ignores LD_PRELOAD in silence for programs that change user, and there is no loader in a static
 * one (H10, H11).
 */
#ifndef MG_TARGET_H
#define MG_TARGET_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct mg_target {
	char path[PATH_MAX]; /* of the command */
	char why_not[256]; /* why preloading has no effect; empty when nothing speaks against it */
	bool is_harmed;    /* it would not even start with the library */
};

/* Looks for `command` as execvp() does, and into it; through "#!" into the interpreter. `library`
 * is what will be preloaded. 0; or -ENOENT or -EACCES when there is nothing to start. */
int mg_target_inspect(const char *command, const char *library, struct mg_target *out);

/* Whether there is anything to start. 0; or an exit status, and it is said: 127 when there is no
 * such command, 126 when it cannot be executed. */
int mg_target_find(const char *command);

/*
 * The interpreter in the first line of a script ("#!/usr/bin/env python3 -u"): its words, into
 * `buf`. Returns the number of words in `words`, 0 when the text is no script. Exposed for tests
 * and fuzzing.
 */
size_t mg_target_parse_script(const char *text, size_t n, char *buf, size_t cap, char *words[3]);

#endif
