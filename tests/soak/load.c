/* SPDX-License-Identifier: MIT */
/*
 * A program that does in rounds what wears a heap out: threads that come and go and leave their
 * blocks to others, a plug-in (argument 1), fork children and programs, bursts, a cache whose
 * entries are replaced. A line on stdin is a round; "rested N" on stdout is its end, when all that
 * is held is the cache, which never changes its size. The end of stdin is the end of it. Every
 * block is looked at before it is released.
 */
#include "tests/preload/victims/check.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define CACHE 20000u
#define REPLACED 4000u
#define HANDED 512u
#define BIRTHS 48u
#define AT_ONCE 6u
#define OF_A_BIRTH 2000u
#define LOADS 20u
#define FORKS 6u
#define BURST_BLOCKS 20000u
#define LARGE_BLOCKS 6u

extern char **environ;

struct block {
	uint64_t size, tag; /* the words behind hold tag + their index */
};

static struct block *cache[CACHE];
static _Atomic(struct block *) handed[HANDED];
static const char *plugin;
/* dlclose holds the C library's lock of exit handlers, and a child that was forked meanwhile would
 * wait for it in exit for ever, whoever serves malloc. */
static pthread_mutex_t closing = PTHREAD_MUTEX_INITIALIZER;

static struct block *
make(size_t size, uint64_t tag)
{
	struct block *b = malloc(size);
	uint64_t *words = (uint64_t *)b;

	CHECK(b != NULL);
	*b = (struct block){ size, tag };
	for (size_t i = 2; i < size / sizeof *words; i++)
		words[i] = tag + i;
	return b;
}

static void
look(const struct block *b)
{
	const uint64_t *words = (const uint64_t *)b;

	for (size_t i = 2; i < b->size / sizeof *words; i++)
		CHECK(words[i] == b->tag + i);
}

static void
drop(struct block *b)
{
	if (b == NULL)
		return;
	look(b);
	free(b);
}

/* ---- The cache. */

/* What a slot holds is always of its size, so that the cache is. */
static size_t
cached_size(unsigned slot)
{
	return sizeof(struct block) + slot * 7919u % (slot % 100 == 0 ? 20000 : 1200);
}

static void
replace(unsigned slot)
{
	drop(cache[slot]);
	cache[slot] = make(cached_size(slot), slot);
}

static void
replace_some(unsigned round)
{
	uint64_t seed = round;

	for (unsigned i = 0; i < REPLACED; i++)
		replace(next_random(&seed) % CACHE);
}

/* ---- Threads that come and go. */

static void *
live_shortly(void *arg)
{
	uint64_t seed = (uintptr_t)arg;

	for (unsigned i = 0; i < OF_A_BIRTH; i++) {
		uint32_t x = next_random(&seed);
		size_t size = x % 200 == 0 ? x % 200000 : x % 2000;
		struct block *b = make(sizeof *b + size, x);

		drop(atomic_exchange(&handed[next_random(&seed) % HANDED], b));
	}
	return NULL;
}

static void *
bear(void *arg)
{
	unsigned round = *(unsigned *)arg;
	pthread_t t[AT_ONCE];

	for (unsigned i = 0; i < BIRTHS; i += AT_ONCE) {
		for (uintptr_t k = 0; k < AT_ONCE; k++)
			CHECK(pthread_create(
				  &t[k], NULL, live_shortly, (void *)(round * 1000 + i + k)) == 0);
		for (unsigned k = 0; k < AT_ONCE; k++)
			CHECK(pthread_join(t[k], NULL) == 0);
	}
	return NULL;
}

/* ---- Plug-ins, processes, bursts. */

static void *
load_plugins(void *arg)
{
	for (unsigned i = 0; i < LOADS; i++) {
		void *h = dlopen(plugin, RTLD_NOW | RTLD_LOCAL);
		int (*work)(unsigned);
		void *f;

		CHECK(h != NULL && (f = dlsym(h, "plugin_work")) != NULL);
		memcpy(&work, &f, sizeof work);
		CHECK(work(*(unsigned *)arg + i) > 0);
		pthread_mutex_lock(&closing);
		CHECK(dlclose(h) == 0);
		pthread_mutex_unlock(&closing);
	}
	return NULL;
}

/* One of them lives long enough for a governor of its own. */
static void
be_child(bool is_long)
{
	struct block *b = make(100000, 1);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned i = 0; i < CACHE; i += 97)
		look(cache[i]);
	if (is_long)
		usleep(1200 * 1000);
	drop(b);
	exit(0);
}

static void
expect_end(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) != pid)
		CHECK(errno == EINTR);
	CHECK(status == 0);
}

static void *
have_children(void *arg)
{
	char *argv[] = { (char *)"true", NULL };
	pid_t pid, first = 0;

	(void)arg;
	for (unsigned i = 0; i < FORKS; i++) {
		pthread_mutex_lock(&closing);
		pid = fork();
		if (pid == 0)
			be_child(i == 0);
		pthread_mutex_unlock(&closing);
		CHECK(pid != -1);
		if (i == 0)
			first = pid;
		else
			expect_end(pid);
		CHECK(posix_spawnp(&pid, "true", NULL, NULL, argv, environ) == 0);
		expect_end(pid);
	}
	expect_end(first);
	return NULL;
}

static void *
burst(void *arg)
{
	static struct block *b[BURST_BLOCKS];
	uint64_t seed = *(unsigned *)arg;
	struct block *large[LARGE_BLOCKS];

	for (unsigned i = 0; i < BURST_BLOCKS; i++)
		b[i] = make(sizeof *b[i] + next_random(&seed) % 3000, i);
	for (unsigned i = 0; i < LARGE_BLOCKS; i++) {
		large[i] = make(1 << 20, i);
		large[i] = realloc(large[i], (size_t)(i + 2) << 20);
		CHECK(large[i] != NULL);
	}
	for (unsigned i = 0; i < BURST_BLOCKS; i++)
		drop(b[i * 7919u % BURST_BLOCKS]);
	for (unsigned i = 0; i < LARGE_BLOCKS; i++)
		drop(large[i]);
	return NULL;
}

/* ---- Rounds. */

static void
do_round(unsigned nth)
{
	void *(*const works[])(void *) = { bear, load_plugins, have_children, burst };
	enum { WORKS = sizeof works / sizeof works[0] };
	pthread_t t[WORKS];

	/* Children look at the cache: nobody replaces it then. */
	replace_some(nth);
	for (unsigned i = 0; i < WORKS; i++)
		CHECK(pthread_create(&t[i], NULL, works[i], &nth) == 0);
	for (unsigned i = 0; i < WORKS; i++)
		CHECK(pthread_join(t[i], NULL) == 0);
	for (unsigned i = 0; i < HANDED; i++)
		drop(atomic_exchange(&handed[i], NULL));
	for (unsigned i = 0; i < CACHE; i++)
		look(cache[i]);
}

int
main(int argc, char **argv)
{
	char c, text[40];
	unsigned rounds = 0;

	CHECK(argc == 2);
	plugin = argv[1];
	for (unsigned i = 0; i < CACHE; i++)
		replace(i);
	check_write("rested 0\n");
	while (read(0, &c, 1) == 1) {
		do_round(++rounds);
		snprintf(text, sizeof text, "rested %u\n", rounds);
		check_write(text);
	}
	for (unsigned i = 0; i < CACHE; i++)
		drop(cache[i]);
	return passed();
}
