// SPDX-License-Identifier: MIT
/* A library to preload, as faketime: it is 25 years ago. */
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int
clock_gettime(clockid_t id, struct timespec *out)
{
	int r = (int)syscall(SYS_clock_gettime, id, out);

	if (id == CLOCK_REALTIME)
		out->tv_sec -= 25L * 365 * 86400;
	return r;
}
