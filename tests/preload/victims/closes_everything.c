// SPDX-License-Identifier: MIT
/* Closes every descriptor from 3 up, as daemons do, both ways, again and again; its own numbering
 * starts at 3. */
#include "check.h"

#include <fcntl.h>

int
main(void)
{
	for (int round = 0; round < 3; round++) {
		for (int fd = 3; fd < 4096; fd++)
			close(fd);
		close_range(3, ~0u, 0);
		free(memset(malloc(30u << 20), 1, 30u << 20));
		CHECK(open("/dev/null", O_RDONLY) == 3 && open("/dev/null", O_RDONLY) == 4);
	}
	close_range(3, ~0u, 0);
	ready();
	return passed();
}
