// SPDX-License-Identifier: MIT
/*
 * System calls that fail. REFUSE is obeyed before memgov starts (this library stands behind it),
 * REFUSE_LATER from refuse_now() on, for all threads. Each is a list of CALL[/ARG OP VALUE]=WHAT
 * separated by commas: ARG is the number of an argument (0 to 5), OP one of = & >, WHAT an errno,
 * "trap" (SIGSYS) or "kill". Past the C library, of whose calls memgov would hear.
 */
#include "tests/preload/victims/raw_call.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define MOST 256

#define CALL(name)                \
	{                         \
#name, SYS_##name \
	}
static const struct {
	const char *name;
	unsigned nr;
} calls[] = { CALL(mmap), CALL(munmap), CALL(mprotect), CALL(madvise), CALL(mremap),
	CALL(membarrier), CALL(close_range), CALL(unshare), CALL(socket), CALL(bind), CALL(listen),
	CALL(accept4), CALL(connect), CALL(clone), CALL(clone3), CALL(getrandom), CALL(openat),
	CALL(read), CALL(write), CALL(memfd_create), CALL(signalfd4), CALL(ppoll), CALL(pidfd_open),
	CALL(pidfd_getfd), CALL(nanosleep), CALL(clock_gettime), CALL(fcntl), CALL(rt_sigprocmask),
	CALL(rt_sigtimedwait), CALL(rt_sigpending), CALL(tgkill), CALL(getdents64), CALL(unlinkat),
	CALL(sched_yield), CALL(prctl), CALL(pread64), CALL(newfstatat), CALL(fchmodat) };

static struct sock_filter filter[MOST];
static unsigned short n;

static void
add(unsigned short code, unsigned k, unsigned char jt, unsigned char jf)
{
	if (n == MOST)
		_exit(97);
	filter[n++] = (struct sock_filter){ code, jt, jf, k };
}

static unsigned
number_of(const char *name)
{
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (strcmp(calls[i].name, name) == 0)
			return calls[i].nr;
	_exit(98);
}

static unsigned
action(const char *what)
{
	if (strcmp(what, "trap") == 0)
		return SECCOMP_RET_TRAP;
	if (strcmp(what, "kill") == 0)
		return SECCOMP_RET_KILL_PROCESS;
	return SECCOMP_RET_ERRNO | (unsigned)atoi(what);
}

/* Leaves with the accumulator loaded anew: every rule does. */
static void
add_rule(char *rule)
{
	char *what = strrchr(rule, '='), *where;
	unsigned low = 0, value;
	char op;

	*what++ = '\0';
	where = strchr(rule, '/');
	if (where != NULL)
		*where++ = '\0';
	add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	if (where == NULL) {
		add(BPF_JMP | BPF_JEQ | BPF_K, number_of(rule), 0, 1);
		add(BPF_RET | BPF_K, action(what), 0, 0);
		return;
	}
	low = (unsigned)offsetof(struct seccomp_data, args) + 8 * (unsigned)(where[0] - '0');
	op = where[1];
	value = (unsigned)strtoul(where + 2, NULL, 0);
	add(BPF_JMP | BPF_JEQ | BPF_K, number_of(rule), 0, 5);
	add(BPF_LD | BPF_W | BPF_ABS, low + 4, 0, 0);
	add(BPF_JMP | BPF_JEQ | BPF_K, 0, op == '>' ? 0 : 0, op == '>' ? 2 : 0);
	add(BPF_LD | BPF_W | BPF_ABS, low, 0, 0);
	add(BPF_JMP | (op == '=' ? BPF_JEQ : op == '&' ? BPF_JSET : BPF_JGT) | BPF_K, value, 0, 1);
	add(BPF_RET | BPF_K, action(what), 0, 0);
}

static void
refuse(const char *rules, unsigned flags)
{
	char copy[1024], *rest = copy, *rule;
	struct sock_fprog program = { .filter = filter };

	if (rules == NULL || strlen(rules) >= sizeof copy)
		return;
	strcpy(copy, rules);
	n = 0;
	while ((rule = strsep(&rest, ",")) != NULL)
		add_rule(rule);
	add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	program.len = n;
	if (raw_call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    raw_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, (long)&program, 0, 0) != 0)
		_exit(99);
}

__attribute__((visibility("default"))) void
refuse_now(void)
{
	refuse(getenv("REFUSE_LATER"), SECCOMP_FILTER_FLAG_TSYNC);
}

/* As a sandbox's broker would: the call was not made, and is not there. */
static void
answer(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)info;
	((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX] = -ENOSYS;
}

__attribute__((constructor)) static void
begin(void)
{
	struct sigaction a = { .sa_sigaction = answer,
		.sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART };

	sigaction(SIGSYS, &a, NULL);
	refuse(getenv("REFUSE"), 0);
}
