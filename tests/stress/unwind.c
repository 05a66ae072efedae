// SPDX-License-Identifier: MIT
/* Stacks of known shapes, taken while threads come, go, are cancelled and fork, libraries are
 * loaded and unloaded, and signals interrupt all that and take stacks and fork themselves. */
#include "shim/observe/modules.h"
#include "shim/observe/unwind.h"
#include "tests/stress/stress.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))
#define MOST_DEPTH 40

static _Atomic uint64_t stacks, interruptions, forks, threads, loads;

/* pc[0] is in bottom, pc[1] and depth more are in descend, of which all but the first are one call.
 */
static void
check_shape(const uintptr_t *pc, unsigned n, unsigned depth)
{
	unsigned calls = 0, wanted = depth < MG_UNWIND_DEPTH - 2 ? depth : MG_UNWIND_DEPTH - 2;

	CHECK(n == MG_UNWIND_DEPTH || n > depth + 2);
	while (2 + calls < n && pc[2 + calls] == pc[2])
		calls++;
	CHECK(wanted == 0 || calls == wanted);
	for (unsigned i = 0; i < n; i++)
		CHECK(MG_MODULES_NUMBER(mg_modules_frame(pc[i])) != 0);
}

static NOINLINE void
bottom(unsigned depth)
{
	uintptr_t pc[MG_UNWIND_DEPTH];

	check_shape(pc, mg_unwind_take(pc, MG_UNWIND_DEPTH), depth);
	atomic_fetch_add_explicit(&stacks, 1, memory_order_relaxed);
}

static NOINLINE void
descend(unsigned depth, unsigned left)
{
	if (left > 0)
		descend(depth, left - 1);
	else
		bottom(depth);
	__asm__ volatile("");
}

static void
take_known(uint64_t x)
{
	unsigned depth = (unsigned)(x % MOST_DEPTH);

	descend(depth, depth);
}

static void
fork_here(pid_t (*make)(void), uint64_t x)
{
	int status = 0, saved = errno;
	pid_t pid = make();

	CHECK(pid >= 0);
	if (pid == 0) {
		take_known(x);
		syscall(SYS_exit_group, 7); /* threads that are not here need no report */
	}
	while (waitpid(pid, &status, 0) != pid)
		CHECK(errno == EINTR);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	errno = saved;
	atomic_fetch_add(&forks, 1);
}

/* At any instruction of the program, of the loader and of the unwinding itself. The C library's
 * fork() would wait for what was interrupted. */
static void
on_alarm(int sig)
{
	uintptr_t pc[MG_UNWIND_DEPTH];
	int saved = errno;

	(void)sig;
	CHECK(mg_unwind_take(pc, MG_UNWIND_DEPTH) >= 2);
	take_known(pc[0] >> 4);
	CHECK(errno == saved);
	if (atomic_fetch_add(&interruptions, 1) % 64 == 0)
		fork_here(_Fork, 5);
}

static NOINLINE void
leave_thread(unsigned depth, bool is_cancelled)
{
	if (depth > 0)
		leave_thread(depth - 1, is_cancelled);
	else if (is_cancelled)
		CHECK(pthread_cancel(pthread_self()) == 0);
	else
		pthread_exit(NULL);
	pthread_testcancel();
}

static void
clean_up(void *arg)
{
	take_known(*(uint64_t *)arg);
}

static void *
short_life(void *arg)
{
	uint64_t x = *(uint64_t *)arg;

	pthread_cleanup_push(clean_up, arg);
	take_known(x >> 3);
	leave_thread((unsigned)(x % 9), x % 2 == 0);
	pthread_cleanup_pop(0);
	return NULL;
}

static void
live_shortly(uint64_t x)
{
	pthread_t t;

	CHECK(pthread_create(&t, NULL, short_life, &x) == 0);
	CHECK(pthread_join(t, NULL) == 0);
	atomic_fetch_add(&threads, 1);
}

static void *
work(void *arg)
{
	uint64_t *seed = arg;

	while (!atomic_load_explicit(&stress_over, memory_order_relaxed)) {
		uint64_t x = stress_random(seed);

		for (int i = 0; i < 50; i++)
			take_known(x >> 8 * (i % 4));
		if (x % 16 == 0)
			fork_here(fork, x >> 4);
		else if (x % 4 == 0)
			live_shortly(x >> 4);
	}
	return NULL;
}

/* Whatever there is on any machine, and is not loaded. */
static void
watch(void)
{
	static const char *const names[] = { "libutil.so.1", "libanl.so.1", "libBrokenLocale.so.1",
		"libnss_compat.so.2", "libresolv.so.2" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		void *lib = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);

		take_known(i * 7);
		if (lib != NULL)
			CHECK(dlclose(lib) == 0);
		atomic_fetch_add(&loads, lib != NULL);
	}
}

int
main(int argc, char **argv)
{
	struct itimerval every = { { 0, 3000 }, { 0, 3000 } }, never = { { 0, 0 }, { 0, 0 } };
	struct sigaction a = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };

	CHECK(sigaction(SIGALRM, &a, NULL) == 0);
	CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
	stress_run(argc, argv, work, watch);
	CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
	printf("%lu stacks, %lu interruptions, %lu forks, %lu threads, %lu loads\n", stacks,
	    interruptions, forks, threads, loads);
	CHECK(stacks > 1000 && interruptions > 10 && forks > 10 && threads > 10 && loads > 10);
	return 0;
}
