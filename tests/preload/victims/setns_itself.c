// SPDX-License-Identifier: MIT
/* A new mount namespace, out of it and back into it with setns, which wants a program of one thread
 * as well. */
#include "check.h"

#include <fcntl.h>
#include <sched.h>

int
main(void)
{
	int old = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC), new;

	CHECK(old != -1 && stat_of("threads") == 1);
	CHECK(unshare(CLONE_NEWNS) == 0);
	CHECK((new = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC)) != -1);
	CHECK(setns(old, CLONE_NEWNS) == 0 && setns(new, CLONE_NEWNS) == 0);
	CHECK(setns(-1, CLONE_NEWNS) == -1 && errno == EBADF);
	close(old);
	close(new);
	CHECK(memset(malloc(30u << 20), 1, 30u << 20) != NULL);
	CHECK(stat_of("live_bytes") > 30000000);
	ready();
	return passed();
}
