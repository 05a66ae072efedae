// SPDX-License-Identifier: MIT
/*
 * Releases of what is no live block: argument 1 says which. Each is counted and left out, the
 * program lives, and what it allocates next is handed out once.
 */
#include "check.h"

#include "shim/memgov.h"

#include <malloc.h>

#define N 2000

static uint64_t expected;

static int
compare(const void *a, const void *b)
{
	uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;

	return x < y ? -1 : x > y;
}

static void
check_distinct(size_t size)
{
	static uintptr_t p[N];

	for (int i = 0; i < N; i++) {
		CHECK((p[i] = (uintptr_t)malloc(size)) != 0);
		memset((void *)p[i], i, size);
	}
	qsort(p, N, sizeof *p, compare);
	for (int i = 0; i + 1 < N; i++)
		if (p[i + 1] - p[i] < size)
			check_failed(__FILE__, __LINE__, "blocks are apart", (int)size);
	for (int i = 0; i < N; i++)
		free((void *)p[i]);
}

static void
free_others(size_t size, int n)
{
	void *p[1000];

	for (int i = 0; i < n; i++)
		p[i] = malloc(size);
	for (int i = 0; i < n; i++)
		free(p[i]);
}

static void
again(void *p)
{
	free(p);
	expected++;
}

static void
twice(size_t size, int others, int compactions)
{
	void *before = malloc(size), *p = malloc(size), *behind = malloc(size);

	memset(p, 1, size);
	free(p);
	free_others(size, others);
	for (int i = 0; i < compactions; i++)
		memgov_compact();
	again(p);
	memset(before, 2, size);
	memset(behind, 3, size);
	check_distinct(size <= 40000 ? size : 40000);
	free(before);
	free(behind);
}

/* The mark that is looked for is gone. */
static void
written(size_t size)
{
	char *p = malloc(size);

	free(p);
	memset(p, 7, size);
	again(p);
	check_distinct(size);
}

static void
inner(size_t size, size_t offset)
{
	char *p = malloc(size);

	memset(p, 1, size);
	again(p + offset);
	check_distinct(size <= 40000 ? size : 40000);
	for (size_t i = 0; i < size; i++)
		CHECK(p[i] == 1);
	free(p);
}

static void
small(int others, int compactions)
{
	const size_t sizes[] = { 16, 24, 64, 100, 1000, 4096, 9000, 32768 };

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		twice(sizes[i], others, compactions);
}

int
main(int argc, char **argv)
{
	const char *kind = argc == 2 ? argv[1] : "";
	uint64_t before = stat_of("double_frees"), live = stat_of("live_blocks");

	if (strcmp(kind, "small") == 0)
		small(0, 0);
	else if (strcmp(kind, "cold") == 0)
		small(3, 0);
	else if (strcmp(kind, "compacted") == 0)
		small(3, 1);
	else if (strcmp(kind, "written") == 0)
		written(64);
	else if (strcmp(kind, "medium") == 0)
		twice(300000, 0, 0), twice(70000, 0, 1), twice(900000, 10, 0);
	else if (strcmp(kind, "large") == 0)
		twice(3000000, 0, 0), twice(3000000, 5, 1), twice(100000000, 0, 0);
	else if (strcmp(kind, "inner") == 0)
		inner(300000, 4096), inner(300000, 65536), inner(3000000, 16), inner(3000000, 4096);
	else
		check_failed(__FILE__, __LINE__, "an argument that is known", 0);
	/* What was written to a free block makes another one of it. */
	if (strcmp(kind, "written") == 0) {
		CHECK(stat_of("double_frees") > before);
		return passed();
	}
	/* Some are found later, when the magazine is looked through. */
	memgov_compact();
	if (stat_of("double_frees") - before != expected)
		check_failed(__FILE__, __LINE__, "all of them are counted",
		    (int)(stat_of("double_frees") - before));
	CHECK(stat_of("live_blocks") == live);
	return passed();
}
