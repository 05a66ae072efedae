/* SPDX-License-Identifier: MIT */
/*
 * Calls that a second thread would make fail: the governor steps aside. unshare and setns want
 * a single thread. The C library makes every thread take part when credentials change, and aborts
 * when one gets another answer, as it does where the program dropped capabilities before, which is
 * a thread's own affair.
 */
#include "shim/base/hints.h"
#include "shim/govern/govern.h"
#include "shim/hooks/export.h"
#include "shim/init.h"

#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

static int
kernel_unshare(int flags)
{
	return (int)syscall(SYS_unshare, flags);
}

static int
kernel_setns(int fd, int nstype)
{
	return (int)syscall(SYS_setns, fd, nstype);
}

static MG_COLD void *
next_function(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/*
 * The fork handlers that were registered first run next to the fork: as the last before it, as the
 * first behind it. They must be ours, which hold all locks in between: other libraries' allocate,
 * and wait for threads that do.
 */
EXPORT int __register_atfork(void (*)(void), void (*)(void), void (*)(void), void *);
EXPORT int
__register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *dso)
{
	int (*next)(void (*)(void), void (*)(void), void (*)(void), void *);

	*(void **)&next = next_function("__register_atfork");
	if (next == NULL)
		return ENOMEM;
	mg_init_handle_forks();
	return next(prepare, parent, child, dso);
}

#define STEP_ASIDE(result, call)                     \
	do {                                         \
		bool was_running = mg_govern_stop(); \
		int saved;                           \
                                                     \
		result = call;                       \
		saved = errno;                       \
		if (was_running)                     \
			mg_govern_resume();          \
		errno = saved;                       \
	} while (0)

EXPORT int
unshare(int flags)
{
	int r;

	if ((flags & (CLONE_NEWUSER | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) == 0)
		return kernel_unshare(flags);
	STEP_ASIDE(r, kernel_unshare(flags));
	return r;
}

EXPORT int
setns(int fd, int nstype)
{
	int r;

	STEP_ASIDE(r, kernel_setns(fd, nstype));
	return r;
}

#define CREDENTIALS(name, params, args)                 \
	EXPORT int name params;                         \
	EXPORT int name params                          \
	{                                               \
		int(*next) params;                      \
		int r;                                  \
                                                        \
		*(void **)&next = next_function(#name); \
		if (next == NULL) {                     \
			errno = ENOSYS;                 \
			return -1;                      \
		}                                       \
		STEP_ASIDE(r, next args);               \
		return r;                               \
	}

CREDENTIALS(setuid, (uid_t id), (id))
CREDENTIALS(setgid, (gid_t id), (id))
CREDENTIALS(seteuid, (uid_t id), (id))
CREDENTIALS(setegid, (gid_t id), (id))
CREDENTIALS(setreuid, (uid_t real, uid_t effective), (real, effective))
CREDENTIALS(setregid, (gid_t real, gid_t effective), (real, effective))
CREDENTIALS(setresuid, (uid_t real, uid_t effective, uid_t saved_id), (real, effective, saved_id))
CREDENTIALS(setresgid, (gid_t real, gid_t effective, gid_t saved_id), (real, effective, saved_id))
CREDENTIALS(setgroups, (size_t n, const gid_t *groups), (n, groups))
CREDENTIALS(initgroups, (const char *user, gid_t group), (user, group))
CREDENTIALS(capset, (void *header, const void *data), (header, data))
