/* SPDX-License-Identifier: MIT */
/*
 * The command of `memgov run`: starts it, checks that the library is in it, passes signals on, and
 * waits for its end, or for something else that the caller has to do. One at a time, one thread.
 */
#ifndef MG_CHILD_H
#define MG_CHILD_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct mg_child {
	const int *files; /* set before a start: its standard files; NULL: this process's own */
	pid_t pid;        /* 0 before the first start */
	bool ended;
	/* private */
	int status; /* of waitpid() */
	int signal_fd;
	sigset_t before; /* what was blocked, and what SIGCHLD did, when memgov was started */
	struct sigaction on_child;
	const char *library;
	bool proving;     /* whether it is still to be found out if the library is there */
	unsigned without; /* looks that showed the C library but not ours */
	uint64_t prove_until_ns, prove_next_ns, prove_step_ns;
};

/* From now on signals wait for mg_child_wait(). Exit status 0, or it is said why not. */
int mg_child_open(struct mg_child *c);

/* Signals do again what they did before. */
void mg_child_close(struct mg_child *c);

/*
 * Starts argv with this process's environment. Says on stderr when the file `library` does not show
 * up in it; NULL: does not look. Exit status 0 when it runs, else it is said why it does not: 126
 * when it cannot be executed, 125 when no process could be made.
 */
int mg_child_start(struct mg_child *c, char **argv, const char *library);

/*
 * Waits until the child has ended, until `also` (NULL: nothing) is ready, or until `until_ns` on
 * CLOCK_MONOTONIC. Passes on the signals that come meanwhile, while there is a child. Returns early
 * with the signal after one that may end a program, else 0; may return early for nothing.
 */
int mg_child_wait(struct mg_child *c, struct pollfd *also, uint64_t until_ns);

/* For this process, after its end: the child's own, or 128 + N when signal N killed it. */
int mg_child_status(const struct mg_child *c);

#endif
