/* SPDX-License-Identifier: MIT */
/*
 * Three sites, of which one leaks 1 KB per call, among 100 times as much from the others: one
 * releases at once, one after 4,000 blocks. Argument 1: leaked KB per second.
 */
#include "work.h"

#define NOINLINE __attribute__((noinline))
#define QUEUE 4000

static void *queue[QUEUE];
static void *volatile session;

static NOINLINE void
read_request(void)
{
	for (int i = 0; i < 50; i++)
		free(memset(malloc(1024), 1, 1024));
}

static NOINLINE void
queue_replies(uint64_t nth)
{
	for (unsigned i = 0; i < 50; i++) {
		unsigned k = (unsigned)((nth * 50 + i) % QUEUE);

		free(queue[k]);
		queue[k] = memset(malloc(1024), 2, 1024);
	}
}

static NOINLINE void
open_session(void)
{
	session = memset(malloc(1000), 3, 1000); /* nobody closes it */
}

static NOINLINE void
serve(uint64_t nth)
{
	read_request();
	queue_replies(nth);
	open_session();
}

int
main(int argc, char **argv)
{
	return work(work_argument(argc, argv, 1, 800), serve);
}
