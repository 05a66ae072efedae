// SPDX-License-Identifier: MIT
/* vfork and exec, posix_spawn, popen, and a raw clone(CLONE_VM | CLONE_VFORK): children that share
 * our memory. */
#include "check.h"

#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

static void
check_status(pid_t pid, int want)
{
	int status = -1;

	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == want);
}

static int
in_clone(void *arg)
{
	free(malloc(1000));
	execl("/bin/false", "false", NULL);
	_exit(arg != NULL);
}

int
main(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	char *args[] = { "true", NULL }, line[64] = "";
	pid_t pid;
	FILE *f;

	for (int i = 0; i < 20; i++) {
		free(malloc((size_t)i << 20));
		if ((pid = vfork()) == 0) {
			execl("/bin/true", "true", NULL);
			_exit(9);
		}
		check_status(pid, 0);
		CHECK(posix_spawn(&pid, "/bin/true", NULL, NULL, args, environ) == 0);
		check_status(pid, 0);
		pid = clone(in_clone, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
		check_status(pid, 1);
	}
	CHECK((f = popen("echo from a pipe", "r")) != NULL && fgets(line, sizeof line, f) != NULL);
	CHECK(pclose(f) == 0 && strcmp(line, "from a pipe\n") == 0);
	CHECK(stat_of("pid") == (uint64_t)getpid());
	ready();
	return passed();
}
