/* SPDX-License-Identifier: MIT */
#include "tools/cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim/base/sys.h"
#include "tools/cli/usage.h"
#include "tools/common/process.h"

#define PROOF_TIMEOUT_NS (2 * MG_NS_PER_S)
#define PROOF_STEP_MAX_NS (50 * MG_NS_PER_MS)

static const int passed_on[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCONT,
	SIGWINCH };

/* That the command itself is there has been seen before. */
static int
say_failed(const char *command, int err)
{
	fprintf(stderr, "memgov: cannot execute '%s': %s\n", command,
	    err == ENOENT ? "the interpreter or loader that it names is not there" : strerror(err));
	return 126;
}

/* In the child. The pipe closes by itself when the command starts, and carries errno when it does
 * not. */
static void
start_command(const struct mg_child *c, char **argv, int report)
{
	sigaction(SIGCHLD, &c->on_child, NULL);
	sigprocmask(SIG_SETMASK, &c->before, NULL);
	for (int fd = 0; c->files != NULL && fd < 3; fd++)
		dup2(c->files[fd], fd);
	execvp(argv[0], argv);
	int err = errno;

	if (write(report, &err, sizeof err) != (ssize_t)sizeof err)
		_exit(127);
	_exit(126);
}

/* 0, or the errno of the exec. */
static int
read_report(int fd)
{
	int err = 0;
	ssize_t n;

	do
		n = read(fd, &err, sizeof err);
	while (n == -1 && errno == EINTR);
	return n == (ssize_t)sizeof err ? err : 0;
}

int
mg_child_open(struct mg_child *c)
{
	struct sigaction by_default = { .sa_handler = SIG_DFL };
	sigset_t signals;

	sigemptyset(&signals);
	for (size_t i = 0; i < sizeof passed_on / sizeof passed_on[0]; i++)
		sigaddset(&signals, passed_on[i]);
	sigaddset(&signals, SIGCHLD);
	/* Whoever started us may ignore it, and then there would be no end to wait for. */
	sigaction(SIGCHLD, &by_default, &c->on_child);
	sigprocmask(SIG_BLOCK, &signals, &c->before);
	c->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (c->signal_fd != -1)
		return 0;
	fprintf(stderr, "memgov: cannot wait for signals: %s\n", strerror(errno));
	return MG_USAGE_BROKEN;
}

void
mg_child_close(struct mg_child *c)
{
	close(c->signal_fd);
	sigaction(SIGCHLD, &c->on_child, NULL);
	sigprocmask(SIG_SETMASK, &c->before, NULL);
}

static void
begin_proof(struct mg_child *c, const char *library)
{
	const char *slash = library != NULL ? strrchr(library, '/') : NULL;

	c->library = slash != NULL ? slash + 1 : library;
	c->proving = library != NULL;
	c->without = 0;
	c->prove_step_ns = MG_NS_PER_MS;
	c->prove_next_ns = mg_sys_now_ns() + c->prove_step_ns;
	c->prove_until_ns = mg_sys_now_ns() + PROOF_TIMEOUT_NS;
}

int
mg_child_start(struct mg_child *c, char **argv, const char *library)
{
	int report[2], err;

	if (pipe2(report, O_CLOEXEC) == -1) {
		fprintf(stderr, "memgov: cannot make a pipe: %s\n", strerror(errno));
		return MG_USAGE_BROKEN;
	}
	c->pid = fork();
	if (c->pid == 0)
		start_command(c, argv, report[1]);
	err = c->pid == -1 ? errno : 0;
	close(report[1]);
	if (err != 0)
		fprintf(stderr, "memgov: cannot make a process: %s\n", strerror(err));
	else
		err = read_report(report[0]);
	close(report[0]);
	c->ended = c->pid == -1 || err != 0;
	if (c->pid == -1)
		return MG_USAGE_BROKEN;
	begin_proof(c, library);
	if (err == 0)
		return 0;
	waitpid(c->pid, NULL, 0);
	return say_failed(argv[0], err);
}

/* Preloaded libraries are mapped before all others: with the C library there and ours not, it will
 * not come. Seen twice, because a look at the maps takes its time. */
static void
look_for_library(struct mg_child *c)
{
	bool ours = false, libc = false;

	if (mg_process_read_mapped(c->pid, c->library, &ours) != 0 || ours) {
		c->proving = false;
		return;
	}
	mg_process_read_mapped(c->pid, "libc.so.6", &libc);
	c->without = libc ? c->without + 1 : 0;
	if (c->without < 2 && mg_sys_now_ns() < c->prove_until_ns)
		return;
	fprintf(stderr,
	    "memgov: process %d is not governed: %s was not loaded; what the loader said above is "
	    "why\n",
	    (int)c->pid, c->library);
	c->proving = false;
}

/* Each look is twice as long after the one before. */
static void
prove(struct mg_child *c, uint64_t now_ns)
{
	if (!c->proving || c->ended || now_ns < c->prove_next_ns)
		return;
	look_for_library(c);
	c->prove_step_ns =
	    c->prove_step_ns * 2 < PROOF_STEP_MAX_NS ? c->prove_step_ns * 2 : PROOF_STEP_MAX_NS;
	c->prove_next_ns = now_ns + c->prove_step_ns;
}

/* The terminal sends its signals to the whole foreground group, in which the child is too, unless
 * it has left it. */
static bool
is_for_child(const struct mg_child *c, const struct signalfd_siginfo *info)
{
	return info->ssi_code != SI_KERNEL || getpgid(c->pid) != getpgrp();
}

/* As process 1 of a container, this process also inherits orphans. */
static void
reap(struct mg_child *c)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != c->pid)
			continue;
		c->ended = true;
		c->status = status;
	}
}

static bool
ends_programs(int sig)
{
	return sig == SIGTERM || sig == SIGINT || sig == SIGHUP || sig == SIGQUIT;
}

/* Takes the signals that have come, but none behind the end of the child: they are for what
 * follows. Returns the last one that may end a program, or 0. */
static int
take_signals(struct mg_child *c)
{
	struct signalfd_siginfo info;
	bool ran = !c->ended;
	int ending = 0;

	while (c->ended == !ran && read(c->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
		int sig = (int)info.ssi_signo;

		if (sig == SIGCHLD)
			reap(c);
		else if (!c->ended && is_for_child(c, &info))
			kill(c->pid, sig);
		if (ends_programs(sig))
			ending = sig;
	}
	return ending;
}

static int
wait_ms(const struct mg_child *c, uint64_t until_ns)
{
	uint64_t now = mg_sys_now_ns();

	if (c->proving && !c->ended && c->prove_next_ns < until_ns)
		until_ns = c->prove_next_ns;
	if (until_ns == UINT64_MAX)
		return -1;
	return until_ns <= now ? 0 : (int)((until_ns - now) / MG_NS_PER_MS) + 1;
}

int
mg_child_wait(struct mg_child *c, struct pollfd *also, uint64_t until_ns)
{
	struct pollfd fds[2] = { { .fd = c->signal_fd, .events = POLLIN }, { .fd = -1 } };
	bool ran = !c->ended;
	int sig;

	if (also != NULL)
		fds[1] = *also;
	do {
		fds[1].revents = 0;
		poll(fds, 2, wait_ms(c, until_ns));
		sig = take_signals(c);
		prove(c, mg_sys_now_ns());
	} while (sig == 0 && c->ended == !ran && fds[1].revents == 0 && mg_sys_now_ns() < until_ns);
	return sig;
}

int
mg_child_status(const struct mg_child *c)
{
	return WIFSIGNALED(c->status) ? 128 + WTERMSIG(c->status) : WEXITSTATUS(c->status);
}
