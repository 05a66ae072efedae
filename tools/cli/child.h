/* SPDX-License-Identifier: MIT */
/* Starts the command of `memgov run`, checks that the library is in it, passes signals on, and
 * waits for its end. */
#ifndef MG_CHILD_H
#define MG_CHILD_H

/*
 * Runs argv with this process's environment. Says on stderr when the file `library` does not show
 * up in it; NULL: does not look. Returns the exit status for this process: the command's own, 128 +
 * N when signal N killed it, 126 or 127 when it could not be executed, 125 when no process could be
 * made; the last three are said on stderr.
 */
int mg_child_run(char **argv, const char *library);

#endif
