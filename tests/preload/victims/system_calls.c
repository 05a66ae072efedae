// SPDX-License-Identifier: MIT
/* The C library's syscall(): results, errno, all seven arguments, a child on the same stack, and a
 * call before any constructor has run. */
#include "check.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static long early[2];
static int early_errno;

static void
call_early(int argc, char **argv, char **env)
{
	(void)argc, (void)argv, (void)env;
	early[0] = syscall(SYS_getpid);
	early[1] = syscall(SYS_close, -1);
	early_errno = errno;
}

__attribute__((used, section(".preinit_array"))) static void (*const before_all)(
    int, char **, char **) = call_early;

static void
check_results(void)
{
	errno = 77;
	CHECK(syscall(SYS_getpid) == getpid() && errno == 77);
	CHECK(syscall(SYS_close, -1) == -1 && errno == EBADF);
	CHECK(syscall(-1) == -1 && errno == ENOSYS);
	CHECK(syscall(SYS_prctl, -1, 0, 0, 0, 0) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_seccomp, -1, 0, 0) == -1 && errno == EINVAL);
}

/* The seventh argument lies on the stack. */
static void
check_seventh(void)
{
	int fd = memfd_create("pages", 0);
	char *p;

	CHECK(fd >= 0 && pwrite(fd, "second", 6, 4096) == 6);
	p = (char *)syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_SHARED, fd, 4096);
	CHECK(p != MAP_FAILED && memcmp(p, "second", 6) == 0);
	CHECK(munmap(p, 4096) == 0 && close(fd) == 0);
}

/* The child ends by the instruction alone: one more call would overwrite where its parent returns
 * to.
 */
static void
check_vfork(void)
{
	int status = -1;
	long pid = syscall(SYS_vfork);

	if (pid == 0)
		__asm__ volatile("syscall" : : "a"(SYS_exit), "D"(23) : "rcx", "r11", "memory");
	CHECK(pid > 0 && waitpid((pid_t)pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 23);
}

int
main(void)
{
	CHECK(early[0] == getpid() && early[1] == -1 && early_errno == EBADF);
	for (int i = 0; i < 100; i++) {
		check_results();
		check_seventh();
		check_vfork();
	}
	return passed();
}
