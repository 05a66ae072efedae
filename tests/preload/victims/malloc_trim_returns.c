// SPDX-License-Identifier: MIT
/* malloc_trim(0) after a burst: RSS falls, and the answer is 1. */
#include "check.h"

#include <fcntl.h>
#include <malloc.h>

#define N 3000

static long
rss_kb(void)
{
	char text[128] = "";
	long total = 0, rss = 0;
	int fd = open("/proc/self/statm", O_RDONLY);

	CHECK(fd != -1 && read(fd, text, sizeof text - 1) > 0);
	close(fd);
	CHECK(sscanf(text, "%ld %ld", &total, &rss) == 2);
	return rss * 4;
}

int
main(void)
{
	static char *p[N];
	long full;

	for (int i = 0; i < N; i++)
		memset(p[i] = malloc(60000), 1, 60000);
	full = rss_kb();
	CHECK(full > N * 60000L / 1024);
	for (int i = 0; i < N; i++)
		free(p[i]);
	malloc_trim(0);
	CHECK(rss_kb() < full / 4);
	return passed();
}
