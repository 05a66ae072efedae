// SPDX-License-Identifier: MIT
/*
 * Closes 0, 1 and 2 and opens files of its own in their place (in a new folder, argument 1):
 * nothing of memgov's ever ends up in them, although it has something to say. Writes "done" beside
 * them and waits to be ended.
 */
#include "check.h"

#include <fcntl.h>
#include <sys/stat.h>

#define OPENS(name, fd) (open(name, O_RDWR | O_CREAT | O_EXCL, 0600) == (fd))

int
main(int argc, char **argv)
{
	CHECK(argc == 2 && mkdir(argv[1], 0700) == 0 && chdir(argv[1]) == 0);
	close(0);
	close(1);
	close(2);
	if (!OPENS("zero", 0) || !OPENS("one", 1))
		return 2;
	free(memset(malloc(30u << 20), 1, 30u << 20));
	if (!OPENS("two", 2) || !OPENS("done", 3))
		return 3;
	for (;;)
		pause();
}
