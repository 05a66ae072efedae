/* SPDX-License-Identifier: MIT */
/*
 * A server in its steady state from the start: requests that are gone at once, connections that
 * last a second on average, sessions that last 15, and users that last 200.
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
accept_connection(unsigned k)
{
	replace(&connections[k], 1000, 70000);
}

static NOINLINE void
open_session(unsigned k)
{
	replace(&sessions[k], 100, 4000);
}

static NOINLINE void
load_user(unsigned k)
{
	replace(&users[k], 50, 1000);
}

/* All of them at first, by the same way as later one after the other. */
static NOINLINE void
turn(void (*one)(unsigned), unsigned most, uint64_t nth)
{
	unsigned left = nth == 0 ? most : 1;

	while (left-- > 0)
		one(nth == 0 ? left : next_random(&seed) % most);
}

static void
serve(uint64_t nth)
{
	read_request();
	turn(accept_connection, CONNECTIONS, nth);
	turn(open_session, SESSIONS, nth);
	if (nth % 2 == 0)
		turn(load_user, USERS, nth);
}

int
main(void)
{
	return work(400, serve);
}
