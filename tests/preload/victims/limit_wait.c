// SPDX-License-Identifier: MIT
/* at_limit=wait: the request that does not fit waits while another thread sees it waiting and
 * frees; then it is met. */
#include "check.h"

#include <pthread.h>

static void *held[200];
static int n;

static void *
free_when_hit(void *arg)
{
	double deadline = seconds() + 30;

	while (stat_of("limit_hits") == 0 && seconds() < deadline)
		usleep(1000);
	for (int i = 0; i < n / 2; i++)
		free(held[i]);
	return arg;
}

int
main(void)
{
	uint64_t limit = stat_of("heap_limit_bytes");
	pthread_t t;
	void *p;

	for (n = 0; stat_of("live_bytes") + (3u << 20) < limit; n++)
		CHECK((held[n] = malloc(1u << 20)) != NULL);
	CHECK(stat_of("limit_hits") == 0);
	CHECK(pthread_create(&t, NULL, free_when_hit, NULL) == 0);
	CHECK((p = malloc(8u << 20)) != NULL);
	memset(p, 1, 8u << 20);
	pthread_join(t, NULL);
	CHECK(stat_of("refused_allocs") == 0 && stat_of("limit_hits") == 1);
	return passed();
}
