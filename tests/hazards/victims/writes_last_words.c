// SPDX-License-Identifier: MIT
/* Fills the heap with small blocks until one is refused; then writes what it has to say, for which
 * the C library asks for memory in many pieces. */
#include "tests/preload/victims/check.h"

struct block {
	struct block *next;
	char filler[40];
};

static void
fill(void)
{
	for (struct block *last = NULL, *b; (b = malloc(sizeof *b)) != NULL; last = b)
		b->next = last;
	CHECK(errno == ENOMEM);
}

int
main(void)
{
	char *text = NULL, *copy;
	FILE *f;

	fill();
	for (int i = 1; i < 40; i++) {
		CHECK(asprintf(&text, "%*d: no memory", 64 * i, i) > 64 * i);
		CHECK((copy = strdup(text)) != NULL);
	}
	CHECK((f = fopen("/dev/null", "w")) != NULL);
	CHECK(fprintf(f, "%s %s\n", text, copy) > 0 && fclose(f) == 0);
	return passed();
}
