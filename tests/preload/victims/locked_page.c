// SPDX-License-Identifier: MIT
/* One page that the program has locked, and whose blocks it has freed, does not stop the others
 * from going back. */
#include "check.h"

#include <malloc.h>
#include <sys/mman.h>

#define N 100000

int
main(void)
{
	static char *p[N];
	uintptr_t page;
	double full;

	for (int i = 0; i < N; i++)
		memset(p[i] = malloc(1000), 1, 1000);
	for (int i = 1200; i < N; i += 2000) {
		page = (uintptr_t)p[i] & ~(uintptr_t)4095;
		CHECK(mlock((void *)page, 4096) == 0);
	}
	full = (double)stat_of("rss_bytes");
	for (int i = 0; i < N; i++)
		if (i % 500 != 0)
			free(p[i]);
	malloc_trim(0);
	CHECK((double)stat_of("rss_bytes") < full / 3);
	return passed();
}
