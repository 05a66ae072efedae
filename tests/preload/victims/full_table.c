// SPDX-License-Identifier: MIT
/* Fills its descriptor table to the last number before the governor has started, and stays so. */
#include "check.h"

#include <fcntl.h>
#include <sys/resource.h>

int
main(void)
{
	struct rlimit r = { 24, 24 };
	int opened = 0;

	CHECK(setrlimit(RLIMIT_NOFILE, &r) == 0);
	while (open("/dev/null", O_RDONLY) != -1)
		opened++;
	CHECK(opened == 21 && errno == EMFILE);
	CHECK(memset(malloc(40u << 20), 1, 40u << 20) != NULL);
	ready();
	CHECK(open("/dev/null", O_RDONLY) == -1 && errno == EMFILE);
	close(20);
	CHECK(open("/dev/null", O_RDONLY) == 20);
	return passed();
}
