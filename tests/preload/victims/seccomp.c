// SPDX-License-Identifier: MIT
/*
 * A filter, put on before the governor starts, that refuses system calls: "table" those of the
 * private descriptor table, "all" also socket and membarrier. Then what programs do. With "table"
 * the socket must answer all the same.
 */
#include "check.h"

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

static void
put_filter(int all, int is_announced)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		REFUSE(SYS_close_range),
		REFUSE(SYS_unshare),
		REFUSE(SYS_pidfd_getfd),
		REFUSE(all ? SYS_socket : SYS_unshare),
		REFUSE(all ? SYS_membarrier : SYS_unshare),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof code / sizeof *code, code };

	if (is_announced) {
		CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0);
		return;
	}
	CHECK(syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(syscall(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0);
}

int
main(int argc, char **argv)
{
	CHECK(argc == 2);
	put_filter(strcmp(argv[1], "table") != 0, strcmp(argv[1], "sandbox") == 0);
	for (int i = 0; i < 100; i++)
		free(memset(malloc(1u << 20), 1, 1u << 20));
	CHECK(memset(malloc(40u << 20), 1, 40u << 20) != NULL);
	ready();
	free(malloc(1u << 20));
	return passed();
}
