// SPDX-License-Identifier: MIT
/* Children that share our memory enter a sandbox and are gone; we do not, and go on as before. */
#include "check.h"

#include <linux/seccomp.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static void
check_child(pid_t pid)
{
	int status = -1;

	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

/* A block that is a sample has a little more room than others of its size. */
static int
is_sampled(void)
{
	size_t least = SIZE_MAX, most = 0;

	for (int i = 0; i < 10000; i++) {
		void *p = malloc(150);
		size_t usable = malloc_usable_size(p);

		least = usable < least ? usable : least;
		most = usable > most ? usable : most;
		free(p);
	}
	return most > least;
}

int
main(void)
{
	pid_t pid;

	CHECK(stat_of("pid") == (uint64_t)getpid());
	CHECK(is_sampled());
	if ((pid = vfork()) == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		execl("/bin/true", "true", NULL);
		_exit(9);
	}
	check_child(pid);
	CHECK(is_sampled());
	if ((pid = vfork()) == 0)
		syscall(SYS_exit, syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, NULL) != 0);
	check_child(pid);
	CHECK(is_sampled());
	CHECK(stat_of("pid") == (uint64_t)getpid());
	ready();
	return passed();
}
