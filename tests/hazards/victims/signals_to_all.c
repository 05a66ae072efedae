// SPDX-License-Identifier: MIT
/* Signals sent to the process that every thread of it blocks: they stay pending, whatever thread
 * memgov has, until the program takes them; one it does not block comes to its own thread. */
#include "tests/preload/victims/check.h"

#include <signal.h>
#include <sys/syscall.h>

static volatile sig_atomic_t handled_by;

static void
handle(int sig)
{
	(void)sig;
	handled_by = (int)syscall(SYS_gettid);
}

int
main(void)
{
	int fatal[] = { SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGHUP, SIGINT, SIGIO, SIGRTMIN + 3 };
	sigset_t set, pending;
	int got = 0;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
		sigaddset(&set, fatal[i]);
	CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	ready();
	for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) {
		CHECK(kill(getpid(), fatal[i]) == 0);
		usleep(10000);
		CHECK(sigpending(&pending) == 0 && sigismember(&pending, fatal[i]) == 1);
		sigemptyset(&pending);
		sigaddset(&pending, fatal[i]);
		CHECK(sigwait(&pending, &got) == 0 && got == fatal[i]);
	}
	signal(SIGWINCH, handle);
	for (int i = 0; i < 100; i++) {
		handled_by = 0;
		CHECK(kill(getpid(), SIGWINCH) == 0 && handled_by == getpid());
	}
	return passed();
}
