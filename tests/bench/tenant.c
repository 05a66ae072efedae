/* SPDX-License-Identifier: MIT */
/* tenant: one of many small programs that memgov-top watches. It allocates a little ten times a
 * second, until it is ended; "tenant silent SOCKET" listens there instead, and never answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BLOCKS 64

static void
listen_only(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(a.sun_path, path, sizeof a.sun_path - 1);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) == -1 || listen(fd, 16) == -1) {
		perror(path);
		exit(1);
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

int
main(int argc, char **argv)
{
	static void *blocks[BLOCKS];
	char path[100];

	if (argc > 2 && strcmp(argv[1], "silent") == 0) {
		snprintf(path, sizeof path, "%s/%d.sock", argv[2], getpid());
		listen_only(path);
	}
	puts("ready");
	fflush(stdout);
	for (unsigned i = 0;; i++) {
		free(blocks[i % BLOCKS]);
		blocks[i % BLOCKS] = malloc(1000 + i % 7 * 1000);
		usleep(100000);
	}
}
