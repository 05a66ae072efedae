/* SPDX-License-Identifier: MIT */
/*
 * Part of the library where coverage is counted, and of nothing else. Counters are written by exit:
 * programs that leave by _exit or abort, or become another by exec, would lose theirs; a process
 * that a signal ends does. Writing them allocates, and does not ask whether it may: the ceiling is
 * lifted for it.
 */
#include "shim/heap/charge.h"
#include "tests/coverage/quiet.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define MOST_ARGUMENTS 64 /* of a test */

void __gcov_dump(void);
void __gcov_reset(void);

/* The linker sends calls of NAME to __wrap_NAME (Makefile: COUNTED_ENDS). */
void __real_mg_charge_configure(uint64_t limit_bytes, uint64_t reserve_bytes);
void __wrap_mg_charge_configure(uint64_t limit_bytes, uint64_t reserve_bytes);
int __real_mg_sys_tgkill(int pid, int tid, int sig);
int __wrap_mg_sys_tgkill(int pid, int tid, int sig);

static uint64_t limit, reserve;

void
__wrap_mg_charge_configure(uint64_t limit_bytes, uint64_t reserve_bytes)
{
	limit = limit_bytes;
	reserve = reserve_bytes;
	__real_mg_charge_configure(limit, reserve);
}

static void
lift_ceiling(void)
{
	__real_mg_charge_configure(0, 0);
	mg_charge_freeze(false);
}

/* Once only, and the ceiling as before: in a child that shares its parent's memory too. */
static void
write_counters(void)
{
	if (!coverage_can_write())
		return;
	lift_ceiling();
	__gcov_dump();
	__gcov_reset();
	__real_mg_charge_configure(limit, reserve);
}

/* After all of memgov's, before libgcov's. */
__attribute__((destructor(101))) static void
prepare_exit(void)
{
	lift_ceiling();
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

EXPORT void
abort(void)
{
	void *f = dlsym(RTLD_NEXT, "abort");
	void (*next)(void);

	memcpy(&next, &f, sizeof next);
	write_counters();
	for (;;)
		next();
}

/* The governor's way to abort. */
int
__wrap_mg_sys_tgkill(int pid, int tid, int sig)
{
	if (sig == SIGABRT)
		write_counters();
	return __real_mg_sys_tgkill(pid, tid, sig);
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
execl(const char *path, const char *arg, ...)
{
	char *argv[MOST_ARGUMENTS] = { (char *)arg };
	va_list more;

	va_start(more, arg);
	for (int i = 1; i < MOST_ARGUMENTS - 1 && argv[i - 1] != NULL; i++)
		argv[i] = va_arg(more, char *);
	va_end(more);
	return execv(path, argv);
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
