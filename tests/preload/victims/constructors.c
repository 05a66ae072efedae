// SPDX-License-Identifier: MIT
/* The heap before main and after it: constructors, atexit handlers and destructors allocate, and
 * free each other's. */
#include "check.h"

static void *before[100], *in_main[100];

__attribute__((constructor(101))) static void
first(void)
{
	free(NULL);
	for (size_t i = 0; i < 100; i++)
		CHECK((before[i] = calloc(i, 1000)) != NULL);
}

static void
at_exit(void)
{
	for (int i = 0; i < 50; i++)
		free(before[i]);
	free(malloc(70000));
	check_write("atexit\n");
}

__attribute__((destructor(101))) static void
last(void)
{
	for (int i = 50; i < 100; i++)
		free(before[i]);
	for (int i = 0; i < 100; i++)
		free(in_main[i]);
	CHECK((before[0] = malloc(20u << 20)) != NULL);
	check_write("destructor\n");
}

int
main(void)
{
	atexit(at_exit);
	for (size_t i = 0; i < 100; i++)
		CHECK((in_main[i] = malloc(i * 100)) != NULL);
	return passed();
}
