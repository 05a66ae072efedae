/* SPDX-License-Identifier: MIT */
/*
 * A server in its steady state: requests that are gone at once, connections that last a second on
 * average, sessions that last 15, and a table of users that was loaded at the start and in which
 * little changes.
 */
#include "work.h"

#define NOINLINE __attribute__((noinline))
#define CONNECTIONS 400
#define SESSIONS 6000
#define USERS 40000

static void *connections[CONNECTIONS], *sessions[SESSIONS], *users[USERS];
static uint64_t seed = 1;

static void
replace(void **slot, size_t least, size_t most)
{
	size_t size = least + next_random(&seed) % (most - least);

	free(*slot);
	*slot = memset(malloc(size), 1, size);
}

static NOINLINE void
read_request(void)
{
	void *request = NULL;

	for (int i = 0; i < 10; i++)
		replace(&request, 100, 16000);
	free(request);
}

static NOINLINE void
accept_connection(void)
{
	replace(&connections[next_random(&seed) % CONNECTIONS], 1000, 70000);
}

static NOINLINE void
open_session(void)
{
	replace(&sessions[next_random(&seed) % SESSIONS], 100, 4000);
}

static NOINLINE void
load_user(unsigned k)
{
	replace(&users[k], 50, 1000);
}

static void
serve(uint64_t nth)
{
	read_request();
	accept_connection();
	open_session();
	if (nth % 2 == 0)
		load_user(next_random(&seed) % USERS);
}

int
main(void)
{
	for (unsigned k = 0; k < USERS; k++)
		load_user(k);
	return work(400, serve);
}
