// SPDX-License-Identifier: MIT
/*
 * A filter that refuses system calls: "table" those of the private descriptor table, "all" also
 * socket and membarrier. Put on before the governor starts, and past the C library, so that memgov
 * does not hear of it; with "table" the socket must answer all the same. With "sandbox" it is put
 * on by prctl; with "threads" for all threads, as libseccomp does, with the calls that the governor
 * waits in among what kills. Then what programs do.
 */
#include "check.h"
#include "raw_call.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#define REFUSE(nr)                                       \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), \
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

#define KILL(nr)                                         \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), \
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

static void
put_unannounced(struct sock_fprog *prog)
{
	CHECK(raw_call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(raw_call(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (long)prog, 0, 0) == 0);
}

static void
put_by_prctl(struct sock_fprog *prog)
{
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, prog) == 0);
}

/* Probes first: a filter that is NULL, flags that strict mode does not have. */
static void
put_on_all_threads(struct sock_fprog *prog)
{
	CHECK(stat_of("pid") == (uint64_t)getpid());
	errno = 0;
	CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, NULL) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) == -1 && errno == EFAULT);
	CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) == -1 && errno == EFAULT);
	CHECK(stat_of("pid") == (uint64_t)getpid());
	CHECK(raw_call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, prog) == 0);
}

static void
put_filter(const char *how)
{
	int all = strcmp(how, "table") != 0, threads = strcmp(how, "threads") == 0;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		REFUSE(SYS_close_range),
		REFUSE(SYS_unshare),
		REFUSE(SYS_pidfd_getfd),
		REFUSE(all ? SYS_socket : SYS_unshare),
		REFUSE(all ? SYS_membarrier : SYS_unshare),
		KILL(threads ? SYS_ppoll : SYS_unshare),
		KILL(threads ? SYS_rt_sigprocmask : SYS_unshare),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof code / sizeof *code, code };

	if (threads)
		put_on_all_threads(&prog);
	else if (strcmp(how, "sandbox") == 0)
		put_by_prctl(&prog);
	else
		put_unannounced(&prog);
}

int
main(int argc, char **argv)
{
	CHECK(argc == 2);
	put_filter(argv[1]);
	for (int i = 0; i < 100; i++)
		free(memset(malloc(1u << 20), 1, 1u << 20));
	CHECK(memset(malloc(40u << 20), 1, 40u << 20) != NULL);
	ready();
	free(malloc(1u << 20));
	return passed();
}
