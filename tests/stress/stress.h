/* SPDX-License-Identifier: MIT */
/*
 * What the stress programs share. Each is `program [SEED]`, runs STRESS_SECONDS (10), prints its
 * seed at the start, and ends with status 0 or with the line that was not true. They link
 * everything of memgov except hooks and init, so that ThreadSanitizer can own malloc.
 */
#ifndef STRESS_H
#define STRESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THREADS 6
#define CHECK(cond) ((cond) ? (void)0 : stress_failed(__FILE__, __LINE__, #cond))

static atomic_bool stress_over;

static inline void
stress_failed(const char *file, int line, const char *what)
{
	printf("%s:%d: not true: %s\n", file, line, what);
	fflush(stdout);
	_Exit(1);
}

static inline uint64_t
stress_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return *seed >> 33;
}

/* The one of the command line, or of the clock. */
static inline uint64_t
stress_seed(int argc, char **argv)
{
	static uint64_t seed;

	if (seed == 0)
		seed = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)time(NULL);
	return seed;
}

static inline double
stress_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Runs `worker` in THREADS threads with a seed each, and `watch` here again and again, until the
 * time is over. */
static inline void
stress_run(int argc, char **argv, void *(*worker)(void *), void (*watch)(void))
{
	const char *s = getenv("STRESS_SECONDS");
	uint64_t seed = stress_seed(argc, argv);
	double end = stress_now() + (s != NULL && atof(s) > 0 ? atof(s) : 10);
	uint64_t seeds[THREADS];
	pthread_t t[THREADS];

	printf("%s %llu\n", argv[0], (unsigned long long)seed);
	fflush(stdout);
	for (int i = 0; i < THREADS; i++) {
		seeds[i] = stress_random(&seed) + (uint64_t)i;
		CHECK(pthread_create(&t[i], NULL, worker, &seeds[i]) == 0);
	}
	while (stress_now() < end)
		watch();
	atomic_store(&stress_over, 1);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(t[i], NULL) == 0);
}

#endif
