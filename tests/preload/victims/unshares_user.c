// SPDX-License-Identifier: MIT
/* unshare(CLONE_NEWUSER), which the kernel grants to programs of one thread only: the governor
 * steps aside for it. */
#include "check.h"

#include <sched.h>

int
main(void)
{
	CHECK(memset(malloc(30u << 20), 1, 30u << 20) != NULL);
	if (unshare(CLONE_NEWUSER) == -1) {
		CHECK(
		    errno == EPERM); /* in a chroot nobody may; a second thread would give EINVAL */
		return passed();
	}
	CHECK(memset(malloc(30u << 20), 1, 30u << 20) != NULL);
	CHECK(stat_of("live_bytes") > 60000000);
	CHECK(unshare(CLONE_NEWUTS) == 0);
	errno = 0;
	CHECK(unshare(-1) == -1 && errno == EINVAL);
	CHECK(stat_of("live_bytes") > 60000000);
	return passed();
}
