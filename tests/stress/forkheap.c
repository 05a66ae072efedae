// SPDX-License-Identifier: MIT
/* Threads churn, one collects, and the process forks in the middle of it, again and again. The
 * child finds every block whole, frees those of the other threads, can allocate, and gets back all
 * memory but what others had in hand. */
#include "shim/heap/charge.h"
#include "shim/heap/park.h"
#include "shim/heap/slice.h"
#include "tests/stress/hooks.h"

#include <sys/wait.h>
#include <unistd.h>

#define SLOTS 4000
#define MOST ((size_t)200 << 10)
/* A batch on its way, a slice that comes or goes. */
#define IN_HAND_BYTES (THREADS * (128 << 10))

static _Atomic(struct block *) slots[SLOTS];
static _Atomic bool is_forking_over;

static void
put(uint64_t x, uint64_t y)
{
	struct block *b = NULL;
	size_t size = block_size(x, y, MOST);

	if (x % 5 < 3) {
		b = x % 4 == 0 ? hook_zalloc(size) : hook_malloc(size);
		CHECK(b != NULL);
		block_sign(b, size, y);
	}
	b = atomic_exchange(&slots[y % SLOTS], b);
	if (b != NULL) {
		block_check(b);
		hook_free(b);
	}
}

static void *
work(void *arg)
{
	uint64_t *seed = arg;

	while (!atomic_load_explicit(&stress_over, memory_order_relaxed)) {
		uint64_t x = stress_random(seed);

		put(x, stress_random(seed));
	}
	return NULL;
}

static void *
collect(void *arg)
{
	while (!atomic_load(&is_forking_over))
		hook_collect();
	return arg;
}

static void
free_all(void)
{
	for (int i = 0; i < SLOTS; i++) {
		struct block *b = atomic_exchange(&slots[i], NULL);

		if (b != NULL) {
			block_check(b);
			hook_free(b);
		}
	}
}

static void
live_in_child(uint64_t seed)
{
	struct mg_snapshot s = { 0 };

	alarm(60);
	mg_park_check();
	for (int i = 0; i < 2000; i++) {
		uint64_t x = stress_random(&seed);

		put(x, stress_random(&seed));
	}
	free_all();
	mg_park_check();
	hook_collect();
	mg_park_check();
	mg_heap_read(&s);
	CHECK(s.threads == 1 && s.double_frees == 0);
	CHECK(s.live_blocks <= THREADS);
	CHECK(s.cached_bytes == 0);
	CHECK(mg_charge_now() <= s.own_bytes + s.live_bytes + IN_HAND_BYTES);
}

static void
watch(void)
{
	static uint64_t round;
	int status = -1;
	pid_t pid = fork();

	CHECK(pid != -1);
	if (pid == 0) {
		live_in_child(++round);
		_Exit(0);
	}
	round++;
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(status == 0);
	mg_park_check();
}

int
main(int argc, char **argv)
{
	struct mg_snapshot s = { 0 };
	pthread_t collector;

	mg_heap_init();
	CHECK(pthread_atfork(
		  mg_heap_before_fork, mg_heap_after_fork_parent, mg_heap_after_fork_child) == 0);
	mg_heap_free(mg_heap_malloc(1));
	CHECK(pthread_create(&collector, NULL, collect, NULL) == 0);
	stress_run(argc, argv, work, watch);
	atomic_store(&is_forking_over, true);
	CHECK(pthread_join(collector, NULL) == 0);
	free_all();
	hook_collect();
	mg_park_check();
	mg_heap_read(&s);
	CHECK(s.live_blocks == 0 && s.live_bytes == 0 && s.double_frees == 0);
	CHECK(s.cached_bytes == 0 && mg_charge_now() == s.own_bytes);
	return 0;
}
