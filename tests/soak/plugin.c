/* SPDX-License-Identifier: MIT */
/* A plug-in that is opened and closed again and again: what it holds it gives back at its end. */
#include <stdlib.h>
#include <string.h>

#define HELD 64

static void *held[HELD];

int plugin_work(unsigned n);

int
plugin_work(unsigned n)
{
	for (unsigned i = 0; i < HELD; i++) {
		size_t size = 16 + (n * 37 + i * 101) % 3000;

		free(held[i]);
		held[i] = malloc(size);
		if (held[i] == NULL)
			return -1;
		memset(held[i], (int)i, size);
	}
	return HELD;
}

static __attribute__((destructor)) void
end(void)
{
	for (unsigned i = 0; i < HELD; i++)
		free(held[i]);
}
