// SPDX-License-Identifier: MIT
/* Writes behind its blocks, over neighbours that are free and such that are not; then far on, until
 * the kernel ends it, in a child. Records lie below the blocks: what is written upwards never meets
 * one. */
#include "tests/preload/victims/check.h"

#include <sys/wait.h>

#define BLOCKS 1000
#define BLOCK_BYTES 48

static char *b[BLOCKS];

static void
overwrite_neighbours(void)
{
	for (int i = 0; i < BLOCKS; i++)
		CHECK((b[i] = malloc(BLOCK_BYTES)) != NULL);
	for (int i = 0; i < BLOCKS; i += 2)
		free(b[i]);
	for (int i = 1; i < BLOCKS; i += 2)
		memset(b[i], 'A', BLOCK_BYTES + 16);
	for (int i = 0; i < 5 * BLOCKS; i++) {
		char *p = malloc(BLOCK_BYTES);

		CHECK(p != NULL);
		memset(p, 1, BLOCK_BYTES);
	}
	for (int i = 1; i < BLOCKS; i += 2)
		free(b[i]);
}

static void
overwrite_all(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		for (volatile char *p = malloc(BLOCK_BYTES);;)
			*p++ = 'B';
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
}

int
main(void)
{
	overwrite_neighbours();
	overwrite_all();
	for (size_t n = 1; n < 1000000; n = n * 2 + 1) {
		char *p = malloc(n);

		CHECK(p != NULL);
		memset(p, 2, n);
		free(p);
	}
	return passed();
}
