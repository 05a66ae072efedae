// SPDX-License-Identifier: MIT
/*
 * A daemon's way from root to nobody, keeping its capabilities on the way (per thread: a second
 * thread would lose them, and the C library would end the program for it). Then the socket answers
 * whoever may ask.
 */
#include "check.h"

#include <grp.h>
#include <sys/prctl.h>

#define NOBODY 65534

int
main(void)
{
	CHECK(memset(malloc(20u << 20), 1, 20u << 20) != NULL &&
	      stat_of("pid") == (uint64_t)getpid());
	CHECK(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0);
	CHECK(setresuid(NOBODY, NOBODY, 0) == 0);
	CHECK(setgroups(0, NULL) == -1 || getgroups(0, NULL) == 0);
	CHECK(seteuid(0) == 0 && setgroups(0, NULL) == 0 && getgroups(0, NULL) == 0);
	CHECK(setgid(NOBODY) == 0 && setregid(NOBODY, NOBODY) == 0 && setuid(NOBODY) == 0);
	CHECK(getuid() == NOBODY && geteuid() == NOBODY && getgid() == NOBODY);
	CHECK(setuid(0) == -1 && errno == EPERM);
	free(memset(malloc(20u << 20), 1, 20u << 20));
	ready();
	return passed();
}
