/* SPDX-License-Identifier: MIT */
/*
 * Built without unwind tables; and assembly that calls malloc with a frame pointer that is none:
 * small, odd, at itself in a loop, at what is not mapped, at the end of the address space.
 */
#include "call_malloc.h"
#include "check.h"

#include <sys/mman.h>

#define ROUNDS 3000

static __attribute__((noinline)) void
call(uintptr_t frame)
{
	for (size_t i = 0; i < ROUNDS; i++) {
		char *p = call_malloc(frame, 1 + i % 3000);

		CHECK(p != NULL);
		*p = 1;
		free(p);
	}
}

int
main(void)
{
	uintptr_t loop[2], chain[4];
	char *hole = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(hole != MAP_FAILED);
	loop[0] = (uintptr_t)loop;
	loop[1] = (uintptr_t)main;
	chain[0] = (uintptr_t)&chain[2];
	chain[1] = 0x5555;
	chain[2] = (uintptr_t)hole;
	chain[3] = (uintptr_t)hole;
	call(0);
	call(16);
	call((uintptr_t)loop);
	call((uintptr_t)loop + 1);
	call((uintptr_t)chain);
	call((uintptr_t)hole);
	call((uintptr_t)hole - 8);
	call(UINTPTR_MAX - 15);
	call((uintptr_t)1 << 62);
	return passed();
}
