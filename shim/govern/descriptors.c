/* SPDX-License-Identifier: MIT */
#include "shim/govern/descriptors.h"

#include "shim/base/sys.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#define KEPT 64

static struct {
	_Atomic int governor_tid;
	bool is_private;
	struct {
		int fd;
		dev_t dev;
		ino_t ino;
	} kept[KEPT]; /* only where the table is shared */
} state;

static void
open_null_on_standard(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (mg_sys_open("/dev/null", O_RDWR, 0) > 2)
			break;
}

bool
mg_descriptors_unshare(void)
{
	state.governor_tid = mg_sys_tid();
	state.is_private = syscall(SYS_close_range, 0, ~0u, CLOSE_RANGE_UNSHARE) == 0;
	if (!state.is_private && syscall(SYS_unshare, CLONE_FILES) == 0) {
		struct rlimit most = { 1024, 1024 };

		getrlimit(RLIMIT_NOFILE, &most);
		for (unsigned fd = 0; fd < most.rlim_cur && fd < 65536; fd++)
			mg_sys_close((int)fd);
		state.is_private = true;
	}
	if (state.is_private)
		open_null_on_standard();
	return state.is_private;
}

static void
remember(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return;
	for (int i = 0; i < KEPT; i++) {
		if (state.kept[i].fd == 0 || state.kept[i].fd == fd) {
			state.kept[i].fd = fd;
			state.kept[i].dev = st.st_dev;
			state.kept[i].ino = st.st_ino;
			return;
		}
	}
}

int
mg_descriptors_keep(int fd)
{
	struct rlimit most = { 1024, 1024 };
	int high;

	if (state.is_private || fd < 0)
		return fd;
	getrlimit(RLIMIT_NOFILE, &most);
	high = most.rlim_cur > 1024 ? 960 : (int)most.rlim_cur - KEPT;
	high = high > fd ? fcntl(fd, F_DUPFD_CLOEXEC, high) : -1;
	if (high >= 0) {
		mg_sys_close(fd);
		fd = high;
	}
	remember(fd);
	return fd;
}

bool
mg_descriptors_is_ours(int fd)
{
	struct stat st;

	if (state.is_private)
		return true;
	for (int i = 0; i < KEPT; i++)
		if (state.kept[i].fd == fd)
			return fstat(fd, &st) == 0 && st.st_dev == state.kept[i].dev &&
			       st.st_ino == state.kept[i].ino;
	return false;
}

bool
mg_descriptors_is_governor(void)
{
	return state.governor_tid == mg_sys_tid();
}

int
mg_descriptors_borrow_stderr(void)
{
	int pidfd, fd;

	if (!mg_descriptors_is_governor() || !state.is_private)
		return 2;
	/* Whoever filters system calls counts these among debuggers': systemd's usual filter kills.
	 * The program's threads write it then. */
	if (prctl(PR_GET_SECCOMP) != 0)
		return -1;
	pidfd = (int)syscall(SYS_pidfd_open, mg_sys_pid(), 0);
	if (pidfd < 0)
		return -1;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, 2, 0);
	mg_sys_close(pidfd);
	return fd;
}

void
mg_descriptors_return(int fd)
{
	if (fd > 2)
		mg_sys_close(fd);
}

void
mg_descriptors_after_fork_child(void)
{
	state.governor_tid = 0;
	state.is_private = false;
	for (int i = 0; i < KEPT; i++)
		state.kept[i].fd = 0;
}
