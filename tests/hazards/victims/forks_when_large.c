// SPDX-License-Identifier: MIT
/* 200 MB of small blocks, then children that do little: how much of the parent's memory each had to
 * copy, in KB, the most. */
#include "tests/preload/victims/check.h"

#include <sys/wait.h>

#define BLOCKS 400000
#define CHILDREN 10

static char *blocks[BLOCKS];

static long
private_kb(void)
{
	char line[200];
	long kb = -1;
	int fd = open("/proc/self/smaps_rollup", O_RDONLY);
	FILE *f = fd != -1 ? fdopen(fd, "r") : NULL;

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (sscanf(line, "Private_Dirty: %ld", &kb) == 1)
			break;
	return kb;
}

static int
do_little(void)
{
	char *p[100];

	for (size_t i = 0; i < 100; i++)
		p[i] = malloc(10 + i);
	for (size_t i = 0; i < 100; i++)
		free(p[i]);
	return (int)(private_kb() / 64);
}

int
main(void)
{
	int most = 0, status;
	char line[40];

	for (int i = 0; i < BLOCKS; i++)
		CHECK((blocks[i] = memset(malloc(500), i, 500)) != NULL);
	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(do_little());
		CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
		most = WEXITSTATUS(status) > most ? WEXITSTATUS(status) : most;
	}
	CHECK(most < 255);
	snprintf(line, sizeof line, "%d KB\n", most * 64);
	check_write(line);
	return passed();
}
