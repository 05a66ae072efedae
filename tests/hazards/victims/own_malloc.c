// SPDX-License-Identifier: MIT
/* A program that brings an allocator of its own, as those do that link one statically. */
#include "tests/preload/victims/check.h"

#include <malloc.h>

static char arena[64u << 20] __attribute__((aligned(16)));
static size_t used;

struct head {
	size_t size;
	size_t mark;
};

void *
memalign(size_t align, size_t n)
{
	size_t at = (used + sizeof(struct head) + align - 1) / align * align;
	struct head *h = (struct head *)(void *)(arena + at) - 1;

	if (at + n > sizeof arena)
		return NULL;
	used = (at + n + 15) & ~(size_t)15;
	*h = (struct head){ n, 0x1234 };
	return h + 1;
}

void *
malloc(size_t n)
{
	return memalign(16, n);
}

void
free(void *p)
{
	if (p != NULL && ((struct head *)p - 1)->mark != 0x1234)
		check_failed(__FILE__, __LINE__, "the block is of this program's heap", 0);
}

void *
calloc(size_t n, size_t size)
{
	return malloc(n * size); /* fresh memory is zero */
}

void *
realloc(void *p, size_t n)
{
	size_t old = p ? ((struct head *)p - 1)->size : 0;
	void *q = malloc(n);

	return q && p ? memcpy(q, p, old < n ? old : n) : q;
}

int
main(void)
{
	char *text = NULL;
	size_t cap = 0;
	FILE *f = fmemopen((void *)"one\ntwo\n", 8, "r");

	CHECK(f != NULL && getline(&text, &cap, f) == 4);
	fclose(f);
	free(text);
	CHECK((text = strdup("three")) != NULL && (char *)text > arena);
	free(text);
	for (size_t i = 0; i < 1000; i++)
		free(realloc(calloc(1, i), 2 * i));
	return passed();
}
