// SPDX-License-Identifier: MIT
/* A page that the program has locked, and whose blocks it has freed, keeps the 64 KiB around it at
 * most; all others go back, where every block is freed and where some are held. */
#include "check.h"

#include <malloc.h>
#include <sys/mman.h>

#define N 100000
#define LOCK_EACH 2000
#define HOLD_EACH 50 /* one in every 64 KiB, at least */
#define PAGE ((uint64_t)4096)
#define SLACK ((uint64_t)4 << 20)

static char *p[N];

static void
fill(void)
{
	uintptr_t page;

	for (int i = 0; i < N; i++)
		memset(p[i] = malloc(1000), 1, 1000);
	for (int i = LOCK_EACH / 2; i < N; i += LOCK_EACH) {
		page = (uintptr_t)p[i] & ~(uintptr_t)(PAGE - 1);
		CHECK(mlock((void *)page, PAGE) == 0);
	}
}

int
main(void)
{
	uint64_t start = rss_bytes(), kept = N / LOCK_EACH * ((uint64_t)64 << 10);

	fill();
	for (int i = 0; i < N; i++)
		free(p[i]);
	malloc_trim(0);
	CHECK(rss_bytes() < start + kept + SLACK);
	fill();
	for (int i = 0; i < N; i++)
		if (i % HOLD_EACH != 0)
			free(p[i]);
	malloc_trim(0);
	CHECK(rss_bytes() < start + N / HOLD_EACH * PAGE + 2 * kept + SLACK);
	return passed();
}
