// SPDX-License-Identifier: MIT
/* Goes into an empty root (argument 1) with /proc, /sys and its socket's folder out of sight. */
#include "check.h"

int
main(int argc, char **argv)
{
	CHECK(stat_of("pid") == (uint64_t)getpid());
	CHECK(argc == 2 && chroot(argv[1]) == 0 && chdir("/") == 0);
	for (int i = 0; i < 100; i++)
		free(memset(malloc(1u << 20), 1, 1u << 20));
	ready();
	return passed();
}
