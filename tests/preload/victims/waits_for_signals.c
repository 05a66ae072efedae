// SPDX-License-Identifier: MIT
/*
 * Blocks every signal and reads them from a descriptor, as PostgreSQL reads its SIGURG. A child
 * sends each to the whole process, the next one when the last has been read: none may get lost.
 */
#include "check.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#define ROUNDS 2000
#define DEADLINE_MS 60000

/* memgov reads SIGSTKFLT and lets SIGSYS through to handlers of sandboxes; nobody sends either.
 * What lies between the last of Linux and SIGRTMIN is the C library's. */
static int
is_sent(int sig)
{
	return sig != SIGKILL && sig != SIGSTOP && sig != SIGSTKFLT &&
	       (sig < SIGSYS || sig >= SIGRTMIN);
}

static int
next_signal(int sig)
{
	do
		sig = sig % SIGRTMAX + 1;
	while (!is_sent(sig));
	return sig;
}

/* Every second one is SIGURG. */
static int
signal_of(int round)
{
	static int other;

	return round % 2 == 0 ? SIGURG : (other = next_signal(other));
}

static void
send_all(const int turns[2])
{
	char turn;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(turns[1]);
	for (int i = 0; read(turns[0], &turn, 1) == 1; i++)
		kill(getppid(), signal_of(i));
	_exit(0);
}

static void
receive(int fd, int to, int round)
{
	struct signalfd_siginfo info;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int sig = signal_of(round);

	if (write(to, "", 1) != 1 || poll(&p, 1, DEADLINE_MS) != 1) {
		printf("signal %d got lost in round %d\n", sig, round);
		exit(1);
	}
	if (read(fd, &info, sizeof info) != sizeof info || info.ssi_signo != (uint32_t)sig) {
		printf("not signal %d in round %d\n", sig, round);
		exit(1);
	}
}

int
main(void)
{
	sigset_t all;
	int turns[2], fd;
	pid_t child;

	sigfillset(&all);
	CHECK(sigprocmask(SIG_BLOCK, &all, NULL) == 0);
	CHECK(pipe(turns) == 0);
	child = fork();
	if (child == 0)
		send_all(turns);
	fd = signalfd(-1, &all, SFD_CLOEXEC);
	CHECK(fd >= 0);
	for (int i = 0; i < ROUNDS; i++)
		receive(fd, turns[1], i);
	close(turns[1]);
	CHECK(waitpid(child, NULL, 0) == child);
	return passed();
}
