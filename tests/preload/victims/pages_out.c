// SPDX-License-Identifier: MIT
/*
 * An aggressive compaction pushes all of the heap to swap, and nothing but the heap ("swap"); where
 * there is no swap it asks for nothing ("none"). A filter sends what it asks the kernel for to a
 * handler instead.
 */
#include "check.h"

#include "shim/memgov.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>

#define LARGE ((size_t)4 << 20)

#ifdef __x86_64__
#define ARGUMENT(c, n) ((uintptr_t)(c)->uc_mcontext.gregs[(n) == 0 ? REG_RDI : REG_RSI])
#define RESULT(c) ((c)->uc_mcontext.gregs[REG_RAX])
#else
#define ARGUMENT(c, n) ((uintptr_t)(c)->uc_mcontext.regs[n])
#define RESULT(c) ((c)->uc_mcontext.regs[0])
#endif

static char in_program[1];
static char *outside, *small_block, *large_block[2];
static int calls, calls_of_small, calls_of_large;

static int
is_in(const ucontext_t *c, const char *p)
{
	return (uintptr_t)p - ARGUMENT(c, 0) < ARGUMENT(c, 1);
}

static void
note(int sig, siginfo_t *info, void *context)
{
	ucontext_t *c = context;

	CHECK(sig == SIGSYS && info->si_syscall == SYS_madvise);
	CHECK(!is_in(c, outside) && !is_in(c, in_program) && !is_in(c, (char *)&c));
	calls++;
	calls_of_small += is_in(c, small_block);
	for (int i = 0; i < 2; i++)
		calls_of_large += is_in(c, large_block[i]) && is_in(c, large_block[i] + LARGE - 1);
	RESULT(c) = 0;
}

static void
put_filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MADV_PAGEOUT, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof code / sizeof *code, code };
	struct sigaction act = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };

	CHECK(sigaction(SIGSYS, &act, NULL) == 0);
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(syscall(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0);
}

int
main(int argc, char **argv)
{
	CHECK(argc == 2);
	small_block = memset(malloc(100), 1, 100);
	/* Side by side, which the kernel sees as one mapping. */
	large_block[0] = memset(malloc(LARGE), 1, LARGE);
	outside = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(outside != MAP_FAILED);
	large_block[1] = memset(malloc(LARGE), 1, LARGE);
	put_filter();
	memgov_compact();
	if (strcmp(argv[1], "none") == 0)
		CHECK(calls == 0);
	else
		CHECK(calls_of_small == 1 && calls_of_large == 2);
	return passed();
}
