/* SPDX-License-Identifier: MIT */
/* call_malloc: malloc(n) while the frame pointer is what the caller says, which may be anything. On
 * other machines than x86-64, malloc as usual. */
#ifndef CALL_MALLOC_H
#define CALL_MALLOC_H

#include <stdint.h>
#include <stdlib.h>

#ifdef __x86_64__
void *call_malloc(uintptr_t frame, size_t n);
__asm__(".text\n"
	"call_malloc:\n"
	"	push %rbp\n"
	"	mov %rdi, %rbp\n"
	"	mov %rsi, %rdi\n"
	"	call malloc@PLT\n"
	"	pop %rbp\n"
	"	ret\n");
#else
static void *
call_malloc(uintptr_t frame, size_t n)
{
	return frame == 1 ? NULL : malloc(n);
}
#endif

#endif
