/* SPDX-License-Identifier: MIT */
#include "tools/cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shim/base/sys.h"
#include "tools/cli/usage.h"
#include "tools/common/process.h"

#define PROOF_TIMEOUT_NS (2 * MG_NS_PER_S)
#define PROOF_STEP_MAX_NS (50 * MG_NS_PER_MS)

static const int passed_on[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCONT,
	SIGWINCH };

struct child {
	pid_t pid;
	bool ended;
	int status; /* of waitpid() */
	sigset_t signals;
	const char *library;
	bool proving;     /* whether it is still to be found out if the library is there */
	unsigned without; /* looks that showed the C library but not ours */
	uint64_t prove_until_ns, step_ns;
};

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
start_command(char **argv, const sigset_t *mask, const struct sigaction *on_child, int report)
{
	sigaction(SIGCHLD, on_child, NULL);
	sigprocmask(SIG_SETMASK, mask, NULL);
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

/* Exit status 0 when it runs. */
static int
start(struct child *c, char **argv)
{
	int report[2], err;
	sigset_t before;
	struct sigaction on_child, by_default = { .sa_handler = SIG_DFL };

	if (pipe2(report, O_CLOEXEC) == -1) {
		fprintf(stderr, "memgov: cannot make a pipe: %s\n", strerror(errno));
		return MG_USAGE_BROKEN;
	}
	sigemptyset(&c->signals);
	for (size_t i = 0; i < sizeof passed_on / sizeof passed_on[0]; i++)
		sigaddset(&c->signals, passed_on[i]);
	sigaddset(&c->signals, SIGCHLD);
	/* Whoever started us may ignore it, and then there would be no end to wait for. */
	sigaction(SIGCHLD, &by_default, &on_child);
	sigprocmask(SIG_BLOCK, &c->signals, &before);
	c->pid = fork();
	if (c->pid == 0)
		start_command(argv, &before, &on_child, report[1]);
	err = c->pid == -1 ? errno : 0;
	close(report[1]);
	if (err != 0)
		fprintf(stderr, "memgov: cannot make a process: %s\n", strerror(err));
	else
		err = read_report(report[0]);
	close(report[0]);
	if (c->pid == -1 || err == 0)
		return c->pid == -1 ? MG_USAGE_BROKEN : 0;
	waitpid(c->pid, NULL, 0);
	return say_failed(argv[0], err);
}

/* Preloaded libraries are mapped before all others: with the C library there and ours not, it will
 * not come. Seen twice, because a look at the maps takes its time. */
static void
look_for_library(struct child *c)
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

/* The terminal sends its signals to the whole foreground group, in which the child is too, unless
 * it has left it. */
static bool
is_for_child(const struct child *c, const siginfo_t *info)
{
	return info->si_code != SI_KERNEL || getpgid(c->pid) != getpgrp();
}

/* As process 1 of a container, this process also inherits orphans. */
static void
reap(struct child *c)
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

static int
wait_signal(struct child *c, siginfo_t *info)
{
	struct timespec t = { .tv_nsec = (long)c->step_ns };

	if (!c->proving)
		return sigwaitinfo(&c->signals, info);
	c->step_ns = c->step_ns * 2 < PROOF_STEP_MAX_NS ? c->step_ns * 2 : PROOF_STEP_MAX_NS;
	return sigtimedwait(&c->signals, info, &t);
}

static void
supervise(struct child *c)
{
	siginfo_t info;

	while (!c->ended) {
		int sig = wait_signal(c, &info);

		if (sig == SIGCHLD)
			reap(c);
		else if (sig > 0 && is_for_child(c, &info))
			kill(c->pid, sig);
		if (c->proving && !c->ended)
			look_for_library(c);
	}
}

int
mg_child_run(char **argv, const char *library)
{
	const char *slash = library != NULL ? strrchr(library, '/') : NULL;
	struct child c = { .library = slash != NULL ? slash + 1 : library,
		.proving = library != NULL,
		.step_ns = MG_NS_PER_MS };
	int status = start(&c, argv);

	if (status != 0)
		return status;
	c.prove_until_ns = mg_sys_now_ns() + PROOF_TIMEOUT_NS;
	supervise(&c);
	return WIFSIGNALED(c.status) ? 128 + WTERMSIG(c.status) : WEXITSTATUS(c.status);
}
