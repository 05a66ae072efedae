// SPDX-License-Identifier: MIT
/* Takes 100 MB past malloc, as runtimes do. */
#include "tests/preload/victims/check.h"

#include <sys/mman.h>

int
main(void)
{
	size_t bytes = 100u << 20;
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	memset(p, 1, bytes);
	ready();
	CHECK(p[bytes - 1] == 1);
	return passed();
}
