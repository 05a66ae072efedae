// SPDX-License-Identifier: MIT
/* A fork child is governed for itself: its own socket and figures, the same ceiling, the parent's
 * blocks still live. */
#include "check.h"

#include <sys/wait.h>

int
main(void)
{
	uint64_t blocks, parent_allocs = stat_of("allocs"), parent = (uint64_t)getpid();
	void *held = malloc(10u << 20);
	pid_t pid;
	int status;

	CHECK(held != NULL && stat_of("pid") == parent);
	blocks = stat_of("live_blocks");
	pid = fork();
	if (pid == 0) {
		void *more = memset(malloc(30u << 20), 1, 30u << 20);

		CHECK(stat_of("pid") == (uint64_t)getpid() && stat_of("parent_pid") == parent);
		CHECK(stat_of("live_blocks") == blocks + 1 && stat_of("live_bytes") >= 40u << 20);
		CHECK(stat_of("threads") == 1);
		CHECK(malloc(30u << 20) == NULL && stat_of("refused_allocs") == 1);
		free(held);
		free(more);
		CHECK(stat_of("live_blocks") == blocks - 1);
		exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(stat_of("allocs") == parent_allocs + 1 && stat_of("refused_allocs") == 0);
	CHECK(stat_of("live_blocks") == blocks && stat_of("pid") == parent);
	return passed();
}
