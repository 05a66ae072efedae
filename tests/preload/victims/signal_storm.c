// SPDX-License-Identifier: MIT
/*
 * Signal handlers that use the heap, in threads that use it all the time: argument 1 threads, for
 * argument 2 milliseconds. The handler takes and frees blocks of its own, of 16 bytes to 3 MB,
 * and blocks of the thread that it interrupted. All contents stay, and at the end all counts are
 * exact. Argument 3 says what the handler does besides: fork, or nothing (storm).
 */
#include "check.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define THREADS 4
#define SLOTS 512

struct pool {
	_Atomic(unsigned char *) slot[SLOTS]; /* whoever takes a block out of its slot has it */
	uint64_t seed, handler_seed, allocs, frees;
	_Atomic uint64_t handler_allocs, handler_frees, handled;
	pthread_t thread;
};

static struct pool pools[THREADS];
static _Thread_local struct pool *mine;
static atomic_bool stop;
static enum { STORM, FORK } mode;
static pthread_barrier_t barrier;

/* First word: the size, by which the last byte is found; both ends say whose it is. */
static unsigned char *
mark(void *p, size_t size)
{
	unsigned char *b = p;

	if (b == NULL || malloc_usable_size(b) < size)
		check_failed(__FILE__, __LINE__, "a block", (int)size);
	memcpy(b, &size, sizeof size);
	memset(b + sizeof size, (int)(size % 251), size - sizeof size);
	return b;
}

static void
check_block(const unsigned char *b)
{
	size_t size;

	memcpy(&size, b, sizeof size);
	if (size < 16 || size > 3u << 20)
		check_failed(__FILE__, __LINE__, "the size in a block", (int)size);
	for (size_t i = sizeof size; i < size; i += size / 16 + 1)
		if (b[i] != size % 251)
			check_failed(__FILE__, __LINE__, "the bytes of a block", (int)size);
	if (b[size - 1] != size % 251 && size > sizeof size)
		check_failed(__FILE__, __LINE__, "the last byte of a block", (int)size);
}

static size_t
some_size(uint32_t x)
{
	if (x % 4096 == 0)
		return (1u << 20) + x / 4096 % (2u << 20);
	return x % 64 == 0 ? 16 + x / 64 % 99985 : 16 + x / 64 % 1000;
}

/* A handler may get the small block and not be allowed to grow it. What was taken and released for
 * nothing is counted like the rest. */
static void *
grow(struct pool *p, size_t size)
{
	void *small = malloc(size / 2 + 8), *grown = realloc(small, size);

	if (grown == NULL && small != NULL) {
		free(small);
		p->handler_allocs++;
		p->handler_frees++;
	}
	return grown;
}

static void *
make(struct pool *pool, uint32_t x, size_t size)
{
	void *p = NULL;

	switch (x % 8) {
	case 0: return calloc(1, size);
	case 1: return grow(pool, size);
	case 2: return posix_memalign(&p, 64, size) == 0 ? p : NULL;
	default: return malloc(size);
	}
}

/* Puts a new block where another was, and frees that. Returns the releases; -1 when there was no
 * block, which may be for large ones in a handler. */
static int
exchange(struct pool *p, uint64_t *seed, size_t may_fail)
{
	uint32_t x = next_random(seed);
	size_t size = some_size(next_random(seed));
	unsigned char *b = make(p, x, size), *old;

	if (b == NULL && size >= may_fail)
		return -1;
	mark(b, size);
	old = atomic_exchange(&p->slot[x / 8 % SLOTS], b);
	if (old == NULL)
		return 0;
	check_block(old);
	free(old);
	return 1;
}

static void
fork_in_handler(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		free(malloc(100));
		_exit(0);
	}
	if (pid > 0)
		while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
			;
}

static void
handle(int sig)
{
	struct pool *p = mine;
	int saved = errno;

	(void)sig;
	if (p == NULL)
		return;
	for (int i = 0; i < 4; i++) {
		int freed = exchange(p, &p->handler_seed, 20000);

		p->handler_frees += freed > 0;
		p->handler_allocs += freed >= 0;
	}
	p->handled++;
	if (mode == FORK && p->handled % 16 == 0)
		fork_in_handler();
	errno = saved;
}

static void
churn(struct pool *p)
{
	while (!stop) {
		int freed = exchange(p, &p->seed, SIZE_MAX);

		p->frees += freed > 0;
		p->allocs += freed >= 0;
	}
}

static void *
run(void *arg)
{
	struct pool *p = mine = arg;

	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	churn(p);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return NULL;
}

static void
storm(int threads, long ms)
{
	double end = seconds() + (double)ms / 1000;

	while (seconds() < end) {
		for (int i = 0; i < threads; i++)
			pthread_kill(pools[i].thread, SIGUSR1);
		usleep(mode == STORM ? 20 : 500);
	}
	stop = 1;
}

/* After what was done by hand: works off what handlers have put off. */
static void
settle(void)
{
	for (int i = 0; i < 3; i++)
		free(malloc(200000));
}

int
main(int argc, char **argv)
{
	struct sigaction a = { .sa_handler = handle, .sa_flags = SA_RESTART };
	int threads = argc == 4 ? atoi(argv[1]) : 0;
	uint64_t allocs = 0, frees = 0, handled = 0, blocks, allocs_before, frees_before;
	char text[64];

	CHECK(threads > 0 && threads <= THREADS);
	mode = argv[3][0] == 'f' ? FORK : STORM;
	CHECK(sigaction(SIGUSR1, &a, NULL) == 0);
	pthread_barrier_init(&barrier, NULL, (unsigned)threads + 1);
	for (int i = 0; i < threads; i++) {
		pools[i].seed = (uint64_t)i + 1;
		pools[i].handler_seed = (uint64_t)i + 100;
		CHECK(pthread_create(&pools[i].thread, NULL, run, &pools[i]) == 0);
	}
	pthread_barrier_wait(&barrier);
	settle();
	allocs_before = stat_of("allocs"), frees_before = stat_of("frees");
	blocks = stat_of("live_blocks");
	pthread_barrier_wait(&barrier);
	storm(threads, atol(argv[2]));
	pthread_barrier_wait(&barrier);
	settle();
	for (int i = 0; i < threads; i++) {
		allocs += pools[i].allocs + pools[i].handler_allocs;
		frees += pools[i].frees + pools[i].handler_frees;
		handled += pools[i].handled;
	}
	CHECK(handled > (mode == STORM ? 100 : 10));
	allocs_before = stat_of("allocs") - allocs_before - 3;
	frees_before = stat_of("frees") - frees_before - 3;
	CHECK(allocs_before == allocs);
	CHECK(frees_before == frees);
	for (int i = 0; i < threads; i++)
		for (int k = 0; k < SLOTS; k++)
			if (pools[i].slot[k] != NULL) {
				check_block(pools[i].slot[k]);
				free(pools[i].slot[k]);
			}
	settle();
	CHECK(stat_of("live_blocks") == blocks);
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < threads; i++)
		pthread_join(pools[i].thread, NULL);
	snprintf(text, sizeof text, "%lu handled\n", (unsigned long)handled);
	check_write(text);
	return passed();
}
