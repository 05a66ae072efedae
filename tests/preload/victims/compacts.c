// SPDX-License-Identifier: MIT
/* Allocates 100 MB, frees it, and waits for the runner; goes on allocating a little so that slow
 * paths run. */
#include "check.h"

#include <poll.h>

#define N 1600

int
main(void)
{
	static void *p[N];
	struct pollfd in = { 0, POLLIN, 0 };

	for (int i = 0; i < N; i++)
		p[i] = memset(malloc(65000), 1, 65000);
	for (int i = 0; i < N; i++)
		free(p[i]);
	check_write("ready\n");
	while (poll(&in, 1, 5) == 0)
		for (int i = 0; i < 100; i++)
			free(malloc(100000));
	return passed();
}
