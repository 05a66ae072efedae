// SPDX-License-Identifier: MIT
/* Samples of many threads, far more than usual, so that sites are dropped and samples thinned out;
 * meanwhile one looks, prints and forks. When all blocks are gone, nobody holds anything. */
#include "shim/observe/modules.h"
#include "shim/observe/site.h"
#include "tests/stress/hooks.h"

#include <sys/wait.h>
#include <unistd.h>

#define SLOTS 90000
#define MEAN_BYTES 300
#define PROFILE_BYTES ((size_t)16 << 20)

static _Atomic(struct block *) slots[SLOTS];
static char *profile;

/* More stacks than there is room for: every bit of `way` leads one way or the other. */
static __attribute__((noinline)) struct block *
get(unsigned way, size_t size)
{
	struct block *b;

	if (way <= 1) {
		b = hook_malloc(size);
	} else if (way % 2 == 0) {
		b = get(way / 2, size);
		__asm__ volatile("nop" ::: "memory");
	} else {
		b = get(way / 2, size);
		__asm__ volatile("nop; nop" ::: "memory");
	}
	__asm__ volatile("" ::: "memory");
	return b;
}

static void
put(uint64_t x, uint64_t y)
{
	size_t size = block_size(x, y, 100000);
	struct block *b = atomic_exchange(&slots[y % SLOTS], NULL);

	if (x % 8 == 0) {
		b = b != NULL ? mg_heap_realloc(b, size) : NULL;
	} else {
		hook_free(b);
		b = x % 5 != 0 ? get((unsigned)(x >> 4) % 8192 | 8192, size) : NULL;
	}
	b = atomic_exchange(&slots[y % SLOTS], b);
	hook_free(b);
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

static void
free_all(void)
{
	for (int i = 0; i < SLOTS; i++)
		hook_free(atomic_exchange(&slots[i], NULL));
}

static void
live_in_child(void)
{
	uint64_t seed = 1;

	alarm(60);
	for (int i = 0; i < 1000; i++) {
		uint64_t x = stress_random(&seed);

		put(x, stress_random(&seed));
	}
	mg_sites_look(mg_sys_now_ns());
	free_all();
	/* What the other threads had in hand; what realloc moves is there twice. */
	CHECK(mg_sites_read().live_samples <= 2 * THREADS);
	CHECK(mg_site_enter());
	_Exit(0);
}

static void
print(uint64_t now_ns)
{
	struct mg_text t;

	CHECK(mg_sites_print_room() < PROFILE_BYTES);
	mg_text_init(&t, profile, PROFILE_BYTES);
	mg_sites_print_profile(&t, now_ns);
	CHECK(!t.cut && strcmp(t.buf + t.len - 5, "\nend\n") == 0);
	mg_text_init(&t, profile, PROFILE_BYTES);
	mg_sites_print(&t, MG_SITES);
	CHECK(!t.cut);
}

/* A second passes with each round. */
static void
watch(void)
{
	static uint64_t round;
	uint64_t now_ns = mg_sys_now_ns() + ++round * MG_NS_PER_S;
	int status = -1;
	pid_t pid;

	mg_sites_look(now_ns);
	if (round % 8 == 0)
		print(now_ns);
	if (round % 20 == 0)
		mg_sites_configure(round % 40 == 0 ? MEAN_BYTES : MEAN_BYTES * 2, 1 << 20);
	if (round % 5 != 0)
		return;
	pid = fork();
	CHECK(pid != -1);
	if (pid == 0)
		live_in_child();
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(status == 0);
}

static void
before_fork(void)
{
	mg_heap_before_fork();
	mg_sites_before_fork();
}

static void
after_fork_parent(void)
{
	mg_sites_after_fork_parent();
	mg_heap_after_fork_parent();
}

static void
after_fork_child(void)
{
	mg_sites_after_fork_child();
	mg_modules_after_fork_child();
	mg_heap_after_fork_child();
}

static void
check_empty(void)
{
	struct mg_sites_sum sum = mg_sites_read();

	printf("%lu samples, %lu sites, %lu bytes\n", (unsigned long)sum.samples,
	    (unsigned long)sum.sites, (unsigned long)sum.own_bytes);
	CHECK(sum.samples > 1000 && sum.live_samples == 0);
	CHECK(mg_site_enter());
	for (unsigned slot = 0; slot < mg_site_end(); slot++) {
		const struct mg_site *s = mg_site_at(slot);

		CHECK(s->in - s->out - s->thinned == 0);
		CHECK(s->live_blocks == 0 && s->live_bytes == 0);
	}
	mg_site_lock_leave();
}

int
main(int argc, char **argv)
{
	mg_heap_init();
	mg_heap_use_mimalloc(hook_wants_mimalloc(argc, argv));
	profile = mg_sys_map(PROFILE_BYTES);
	CHECK(profile != NULL);
	CHECK(pthread_atfork(before_fork, after_fork_parent, after_fork_child) == 0);
	mg_sites_start();
	mg_sites_configure(MEAN_BYTES, 1 << 20);
	stress_run(argc, argv, work, watch);
	free_all();
	check_empty();
	return 0;
}
