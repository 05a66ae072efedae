// SPDX-License-Identifier: MIT
/*
 * A new mount namespace, out of it and back into it with setns, which wants a program of one thread
 * as well. In a chroot a UTS namespace, because setns would lead out of the chroot.
 */
#include "check.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

static int
is_chrooted(void)
{
	struct stat ours, first;

	return stat("/", &ours) == 0 && stat("/proc/1/root/.", &first) == 0 &&
	       (ours.st_dev != first.st_dev || ours.st_ino != first.st_ino);
}

int
main(void)
{
	int kind = is_chrooted() ? CLONE_NEWUTS : CLONE_NEWNS;
	const char *file = kind == CLONE_NEWUTS ? "/proc/self/ns/uts" : "/proc/self/ns/mnt";
	int old = open(file, O_RDONLY | O_CLOEXEC), new;

	CHECK(old != -1 && stat_of("threads") == 1);
	CHECK(unshare(kind) == 0);
	CHECK((new = open(file, O_RDONLY | O_CLOEXEC)) != -1);
	CHECK(setns(old, kind) == 0 && setns(new, kind) == 0);
	CHECK(setns(-1, kind) == -1 && errno == EBADF);
	close(old);
	close(new);
	CHECK(memset(malloc(30u << 20), 1, 30u << 20) != NULL);
	CHECK(stat_of("live_bytes") > 30000000);
	ready();
	return passed();
}
