// SPDX-License-Identifier: MIT
/* Lowers its descriptor limit below what the governor polls; nobody spins because of it. */
#include "check.h"

#include <sys/resource.h>

int
main(void)
{
	struct rlimit one = { 1, 1 };
	struct rusage use;

	usleep(100 * 1000);
	CHECK(setrlimit(RLIMIT_NOFILE, &one) == 0);
	sleep(1);
	CHECK(getrusage(RUSAGE_SELF, &use) == 0);
	CHECK(use.ru_utime.tv_sec + use.ru_stime.tv_sec == 0 && use.ru_nvcsw < 200);
	return passed();
}
