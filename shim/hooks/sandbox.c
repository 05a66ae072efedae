/* SPDX-License-Identifier: MIT */
/*
 * A program that gives up privileges, or filters its system calls, would be killed by those of the
 * governor and of samples: there are none from here on, nor in its children. It says so through
 * prctl, or, as libseccomp does, through the C library's syscall.
 */
#include "shim/hooks/sandbox.h"

#include "shim/base/hints.h"
#include "shim/base/sys.h"
#include "shim/govern/govern.h"
#include "shim/hooks/export.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef long syscall_fn(long, ...);

static MG_SYS_TOGETHER __attribute__((used)) _Atomic(syscall_fn *) next_syscall;

void
mg_sandbox_start(void)
{
	syscall_fn *next;

	*(void **)&next = dlsym(RTLD_NEXT, "syscall");
	atomic_store_explicit(&next_syscall, next, memory_order_relaxed);
}

/* Who probes what the kernel knows (strict with flags, a filter that is NULL) enters nothing. */
static bool
is_filtered_by(unsigned operation, unsigned flags, unsigned long filter)
{
	if (operation == SECCOMP_SET_MODE_STRICT)
		return flags == 0 && filter == 0;
	return operation == SECCOMP_SET_MODE_FILTER && filter != 0;
}

static void
heed_prctl(int option, unsigned long mode, unsigned long filter)
{
	if (option == PR_SET_NO_NEW_PRIVS ||
	    (option == PR_SET_SECCOMP && (mode == SECCOMP_MODE_STRICT || filter != 0)))
		mg_govern_seal();
}

static long
finish(long result)
{
	if (result >= 0 || result < -4095)
		return result;
	errno = (int)-result;
	return -1;
}

EXPORT int
prctl(int option, ...)
{
	unsigned long a[4];
	va_list ap;

	va_start(ap, option);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(ap, unsigned long);
	va_end(ap);
	heed_prctl(option, a[0], a[1]);
	return (int)finish(
	    mg_sys_call(SYS_prctl, option, (long)a[0], (long)a[1], (long)a[2], (long)a[3], 0));
}

/* Only what has no more than five arguments comes here. */
static __attribute__((used)) MG_COLD long
call_heeded(long nr, long a, long b, long c, long d, long e)
{
	syscall_fn *next = atomic_load_explicit(&next_syscall, memory_order_relaxed);

	if (nr == SYS_prctl)
		heed_prctl((int)a, (unsigned long)b, (unsigned long)c);
	else if (is_filtered_by((unsigned)a, (unsigned)b, (unsigned long)c))
		mg_govern_seal();
	return next != NULL ? next(nr, a, b, c, d, e) : finish(mg_sys_call(nr, a, b, c, d, e, 0));
}

/* Until the real one has been looked up. */
static __attribute__((used)) MG_COLD long
call_early(long nr, long a, long b, long c, long d, long e, long f)
{
	return finish(mg_sys_call(nr, a, b, c, d, e, f));
}

/*
 * Called in signal handlers, and by who makes children that come back on this very stack (vfork,
 * clone), with up to seven arguments, one of them on the stack: where it is not there, that is
 * memory of the caller's. So nothing is pushed, written or changed on the way to the real one.
 */
_Static_assert(SYS_prctl == 157 && SYS_seccomp == 317, "the numbers below");
EXPORT __attribute__((naked)) long
syscall(__attribute__((unused)) long nr, ...)
{
	__asm__("cmp $157, %rdi\n\t"
		"je call_heeded\n\t"
		"cmp $317, %rdi\n\t"
		"je call_heeded\n\t"
		"mov next_syscall(%rip), %r11\n\t"
		"test %r11, %r11\n\t"
		"je call_early\n\t"
		"jmp *%r11");
}
