// SPDX-License-Identifier: MIT
/* No huge page in the heap, whatever the system's setting: every writable mapping that holds a
 * small or medium block says `nh`, and has AnonHugePages of 0. */
#include "check.h"

#define N 3000

static char *blocks[N];

static int
holds_block(uintptr_t from, uintptr_t to)
{
	for (int i = 0; i < N; i++)
		if ((uintptr_t)blocks[i] >= from && (uintptr_t)blocks[i] < to)
			return 1;
	return 0;
}

int
main(void)
{
	char line[512];
	int is_ours = 0, seen = 0, flagged = 0;
	FILE *f;

	for (size_t i = 0; i < N; i++)
		blocks[i] = memset(malloc(10 + i * 7), 1, 10 + i * 7);
	CHECK((f = fopen("/proc/self/smaps", "r")) != NULL);
	while (fgets(line, sizeof line, f) != NULL) {
		unsigned long from, to, kb = 1;

		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			seen += is_ours = holds_block(from, to);
		else if (is_ours && sscanf(line, "AnonHugePages: %lu kB", &kb) == 1)
			CHECK(kb == 0);
		else if (is_ours && strncmp(line, "VmFlags:", 8) == 0)
			flagged += strstr(line, " nh ") != NULL;
	}
	fclose(f);
	CHECK(seen > 0 && flagged == seen);
	return passed();
}
