// SPDX-License-Identifier: MIT
/*
 * Children of every kind that use the heap before they end, made by one thread or, with argument 1
 * threads, while these churn, and one more compacts without end: fork, _Fork and a raw
 * clone(SIGCHLD), which pass by the fork handlers; vfork and posix_spawn, which share our memory.
 */
#include "check.h"

#include "shim/memgov.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define MOST 8
#define ROUNDS 100

extern char **environ;
static atomic_int stop;

static void
use_heap(unsigned salt)
{
	void *p[64];

	for (unsigned i = 0; i < 64; i++)
		CHECK((p[i] = memset(malloc(16 + i * salt % 5000), 1, 16)) != NULL);
	for (unsigned i = 0; i < 64; i++)
		free(p[i]);
}

static void *
churn(void *arg)
{
	for (unsigned i = 0; !stop; i++)
		use_heap(i);
	return arg;
}

static void *
compact(void *arg)
{
	while (!stop)
		memgov_compact();
	return arg;
}

/* A child that waits for ever for a lock of a thread that it does not have is a failure of its own
 * kind. */
static void
check_child(const char *kind, pid_t pid)
{
	int status = -1;

	for (double end = seconds() + 20; seconds() < end; usleep(200))
		if (waitpid(pid, &status, WNOHANG) == pid) {
			if (status != 0)
				check_failed(__FILE__, __LINE__, kind, status);
			return;
		}
	kill(pid, SIGKILL);
	check_failed(__FILE__, __LINE__, kind, 0);
}

static pid_t
bare_clone(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void
check_forks(const char *kind, pid_t (*make)(void), unsigned i)
{
	pid_t pid = make();

	if (pid == 0) {
		alarm(15);
		use_heap(i);
		free(malloc(3000000));
		_exit(0);
	}
	check_child(kind, pid);
}

int
main(int argc, char **argv)
{
	int threads = argc == 2 ? atoi(argv[1]) : 0;
	char *args[] = { "true", NULL };
	pthread_t t[MOST + 1];
	pid_t pid;

	CHECK(threads <= MOST);
	for (int i = 0; i < threads; i++)
		CHECK(pthread_create(&t[i], NULL, churn, NULL) == 0);
	if (threads > 0)
		CHECK(pthread_create(&t[threads], NULL, compact, NULL) == 0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		use_heap(i);
		check_forks("fork", fork, i);
		check_forks("_Fork", _Fork, i);
		check_forks("clone", bare_clone, i);
		if (i % 10 != 0)
			continue;
		if ((pid = vfork()) == 0) {
			use_heap(i);
			execl("/bin/true", "true", NULL);
			_exit(9);
		}
		check_child("vfork", pid);
		CHECK(posix_spawn(&pid, "/bin/true", NULL, NULL, args, environ) == 0);
		check_child("posix_spawn", pid);
	}
	stop = 1;
	for (int i = 0; i < threads + (threads > 0); i++)
		pthread_join(t[i], NULL);
	return passed();
}
