/* SPDX-License-Identifier: MIT */
/* 40 MB in the parent, as much again in its fork child, whose process id is said. */
#include "check.h"

#include <sys/wait.h>

static void *volatile newest;

static __attribute__((noinline)) void
keep_of_parent(void)
{
	newest = malloc(400);
}

static __attribute__((noinline)) void
keep_of_child(void)
{
	newest = malloc(400);
}

int
main(void)
{
	int status;
	pid_t pid;

	for (int i = 0; i < 100000; i++)
		keep_of_parent();
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 100000; i++)
			keep_of_child();
		dprintf(1, "child %d\n", getpid());
		ready();
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	return passed();
}
