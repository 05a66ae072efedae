// SPDX-License-Identifier: MIT
/* The functions of memgov.h, which are NULL without memgov; with it they agree with the socket. */
#include "check.h"

#include "shim/memgov.h"

int
main(void)
{
	struct memgov_stats s = { .size = sizeof s }, old = { .size = 24, .heap_peak_bytes = 77 };
	char *p[1000];
	uint64_t told, back;

	CHECK(
	    memgov_stats && memgov_compact && memgov_released && memgov_set && memgov_on_pressure);
	CHECK(memgov_stats(NULL) == -1);
	s.size = 0;
	CHECK(memgov_stats(&s) == -1);
	s.size = sizeof s;
	CHECK(memgov_stats(&old) == 0 && old.size == 24 && old.heap_peak_bytes == 77);
	for (int i = 0; i < 1000; i++)
		memset(p[i] = malloc(60000), 1, 60000);
	CHECK(memgov_stats(&s) == 0);
	CHECK(s.live_bytes >= 60000000 && s.live_blocks >= 1000 &&
	      s.allocs - s.frees == s.live_blocks);
	CHECK(s.live_bytes == stat_of("live_bytes") && s.allocs == stat_of("allocs"));
	CHECK(s.rss_bytes > 60000000 && s.system_used_pct <= 100 && s.foreign_frees == 0);
	for (int i = 0; i < 1000; i++)
		free(p[i]);
	errno = 4711;
	back = memgov_compact();
	CHECK(errno == 4711 && memgov_stats(&s) == 0);
	CHECK(s.compactions == 1 && s.returned_bytes == back && s.rss_bytes < 30000000);
	told = stat_of("released_bytes");
	memgov_released(12345);
	CHECK(stat_of("released_bytes") == told + 12345);
	return passed();
}
