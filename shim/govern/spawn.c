/* SPDX-License-Identifier: MIT */
#include "shim/govern/spawn.h"

#include "shim/base/sys.h"
#include "shim/base/text.h"

#include <dlfcn.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#define STACK_BYTES ((size_t)256 << 10)
#define MOST_STACK_BYTES ((size_t)128 << 20)

typedef int create_fn(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static MG_SYS_TOGETHER create_fn *create; /* pthread_create, the C library's */

/*
 * Tracers and profilers wrap pthread_create, allocate in the wrapper and hold a lock meanwhile; the
 * governor is started from inside malloc. So where a wrapper is in the way, it is passed by. Looked
 * for at start, while nobody holds anything.
 */
static create_fn *
find_create(void)
{
	create_fn *real = pthread_create;
	struct dl_find_object ours, libc;
	void *found, *lib;

	if (_dl_find_object((void *)(uintptr_t)pthread_create, &ours) == 0 &&
	    _dl_find_object((void *)(uintptr_t)gnu_get_libc_version, &libc) == 0 &&
	    ours.dlfo_map_start == libc.dlfo_map_start)
		return real;
	lib = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
	found = lib != NULL ? dlsym(lib, "pthread_create") : NULL;
	if (found != NULL)
		memcpy(&real, &found, sizeof real);
	return real;
}

void
mg_spawn_prepare(void)
{
	create = find_create();
}

/* The stack also holds the program's thread-local storage, of a size that only trying tells. */
static int
create_with_stack(pthread_t *out, void *(*body)(void *), size_t bytes)
{
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, bytes);
	err = create(out, &attr, body, NULL);
	pthread_attr_destroy(&attr);
	return err;
}

int
mg_spawn_thread(pthread_t *out, void *(*body)(void *))
{
	sigset_t all, old;
	int err = EINVAL;

	/* A sandbox that traps calls answers them in a handler; blocked, SIGSYS would be the end.
	 */
	sigfillset(&all);
	sigdelset(&all, SIGSYS);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (size_t bytes = STACK_BYTES; err == EINVAL && bytes <= MOST_STACK_BYTES; bytes *= 8)
		err = create_with_stack(out, body, bytes);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err;
}

/* pthread_join returns a moment before the kernel lets go of the thread. */
static void
wait_until_gone(int tid)
{
	char path[48];
	struct mg_text t;
	struct stat st;

	mg_text_init(&t, path, sizeof path);
	mg_text_add(&t, "/proc/self/task/%d", tid);
	for (int i = 0; i < 1000 && stat(path, &st) == 0; i++)
		mg_sys_sleep_ns(50 * 1000);
}

bool
mg_spawn_join(pthread_t thread, int tid, uint64_t most_ns)
{
	struct timespec end = { 0 };
	uint64_t end_ns;

	/* From the kernel: what the C library waits by is its clock, whatever faketime has the
	 * program believe. */
	mg_sys_call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&end, 0, 0, 0, 0);
	end_ns = (uint64_t)end.tv_nsec + most_ns;
	end.tv_sec += (time_t)(end_ns / MG_NS_PER_S);
	end.tv_nsec = (long)(end_ns % MG_NS_PER_S);
	if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &end) != 0)
		return false;
	wait_until_gone(tid);
	return true;
}
