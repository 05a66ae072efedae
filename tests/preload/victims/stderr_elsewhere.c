// SPDX-License-Identifier: MIT
/*
 * Is refused something while stderr is: `full` a pipe that nobody empties, `broken` one that nobody
 * reads, `data` a file of the program's. It neither waits, nor dies, nor finds a line among its
 * data.
 */
#include "check.h"

#include <fcntl.h>

static void
become_pipe(int is_full)
{
	int ends[2];
	char waste[4096] = "";

	CHECK(pipe(ends) == 0 && dup2(ends[1], 2) == 2 && close(ends[1]) == 0);
	if (!is_full) {
		CHECK(close(ends[0]) == 0);
		return;
	}
	CHECK(fcntl(2, F_SETFL, O_NONBLOCK) == 0);
	while (write(2, waste, sizeof waste) > 0)
		;
	CHECK(fcntl(2, F_SETFL, 0) == 0);
}

static void
become_data(void)
{
	char path[64];

	snprintf(path, sizeof path, "/tmp/memgov-test-%d", getpid());
	CHECK(close(2) == 0 && open(path, O_RDWR | O_CREAT | O_EXCL, 0600) == 2);
	CHECK(unlink(path) == 0);
	CHECK(write(2, "DATA", 4) == 4);
}

int
main(int argc, char **argv)
{
	CHECK(argc == 2);
	if (strcmp(argv[1], "data") == 0)
		become_data();
	else
		become_pipe(strcmp(argv[1], "full") == 0);
	CHECK(malloc(1u << 30) == NULL && errno == ENOMEM);
	for (int i = 0; i < 100; i++)
		free(malloc(1u << 20));
	if (strcmp(argv[1], "data") == 0)
		CHECK(lseek(2, 0, SEEK_END) == 4);
	return passed();
}
