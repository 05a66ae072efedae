// SPDX-License-Identifier: MIT
/* A sandbox in which every system call but read, write and exit is the end, entered through prctl
 * or, with "syscall", past it. Small blocks still come and go, far more of them than lie between
 * two samples. */
#include "check.h"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define BLOCKS 64
#define ROUNDS 20000

static void
use(void)
{
	void *blocks[BLOCKS];

	for (int i = 0; i < BLOCKS; i++)
		CHECK((blocks[i] = malloc(64)) != NULL);
	for (int i = 0; i < BLOCKS; i++)
		free(blocks[i]);
}

static long
enter(int argc)
{
	if (argc == 1)
		return prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, NULL);
}

int
main(int argc, char **argv)
{
	(void)argv;
	for (int i = 0; i < 3; i++)
		use();
	CHECK(enter(argc) == 0);
	for (int i = 0; i < ROUNDS; i++)
		use();
	passed();
	syscall(SYS_exit, 0); /* not exit_group */
	return 1;
}
