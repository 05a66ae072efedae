/* SPDX-License-Identifier: MIT */
/* A system call that no library hears of: 0 or more, or -errno. */
#ifndef RAW_CALL_H
#define RAW_CALL_H

static inline long
raw_call(long nr, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}

#endif
