// SPDX-License-Identifier: MIT
/* Threads that free their working set in the destructor of a key that is younger than memgov's, 200
 * at a time, which all live at once, again and again: the heap does not grow, and no block is lost.
 */
#include "check.h"

#include <pthread.h>

#define THREADS 200
#define ROUNDS 20
#define BLOCKS 500

static pthread_key_t key;
static pthread_barrier_t all_live;

struct set {
	void *blocks[BLOCKS];
};

static void
destroy(void *arg)
{
	struct set *s = arg;

	for (int i = 0; i < BLOCKS; i++)
		free(s->blocks[i]);
	for (int i = 0; i < BLOCKS; i++)
		s->blocks[i] = malloc((size_t)i + 1);
	for (int i = 0; i < BLOCKS; i++)
		free(s->blocks[i]);
	free(s);
}

static void *
run(void *arg)
{
	struct set *s = malloc(sizeof *s);

	for (int i = 0; i < BLOCKS; i++)
		CHECK((s->blocks[i] = memset(malloc(16 + (size_t)i), 1, 16)) != NULL);
	CHECK(pthread_setspecific(key, s) == 0);
	pthread_barrier_wait(&all_live);
	return arg;
}

static void
round_of_threads(void)
{
	pthread_t t[THREADS];

	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&t[i], NULL, run, NULL) == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
}

int
main(void)
{
	uint64_t footprint, blocks, bytes;

	free(malloc(1));
	CHECK(pthread_key_create(&key, destroy) == 0);
	CHECK(pthread_barrier_init(&all_live, NULL, THREADS) == 0);
	for (int i = 0; i < 3; i++)
		round_of_threads();
	footprint = stat_of("heap_footprint_bytes");
	blocks = stat_of("live_blocks"), bytes = stat_of("live_bytes");
	for (int i = 0; i < ROUNDS; i++)
		round_of_threads();
	CHECK(stat_of("heap_footprint_bytes") <= footprint + (16u << 20));
	CHECK(stat_of("live_blocks") <= blocks + 10 && stat_of("live_bytes") <= bytes + 65536);
	return passed();
}
