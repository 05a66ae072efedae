/* SPDX-License-Identifier: MIT */
/*
 * Part of the library where coverage is counted, and of nothing else: counters are written by exit,
 * so that programs that leave by _exit, or become another by exec, would lose theirs. A process
 * that is killed does lose them.
 */
#include <dlfcn.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

void __gcov_dump(void);
void __gcov_reset(void);

/* Once only, in a child that shares its parent's memory too. */
static void
write_counters(void)
{
	__gcov_dump();
	__gcov_reset();
}

EXPORT void
_exit(int status)
{
	write_counters();
	for (;;)
		syscall(SYS_exit_group, status);
}

EXPORT void
_Exit(int status)
{
	_exit(status);
}

EXPORT int
execve(const char *path, char *const argv[], char *const envp[])
{
	write_counters();
	return (int)syscall(SYS_execve, path, argv, envp);
}

EXPORT int
execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

EXPORT int
execvp(const char *file, char *const argv[])
{
	void *f = dlsym(RTLD_NEXT, "execvp");
	int (*next)(const char *, char *const[]);

	memcpy(&next, &f, sizeof next);
	write_counters();
	return next(file, argv);
}
