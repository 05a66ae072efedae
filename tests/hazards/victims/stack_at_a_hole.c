// SPDX-License-Identifier: MIT
/* A stack that ends where nothing is mapped, and code on it that keeps no frame pointer: what RBP
 * holds points into the hole, as near as a caller's frame would be. */
#include "tests/preload/victims/call_malloc.h"
#include "tests/preload/victims/check.h"

#include <sys/mman.h>
#include <ucontext.h>

#define STACK_BYTES ((size_t)64 << 10)
#define ROUNDS 3000

static ucontext_t self, caller;
static char *hole;

static void
run(void)
{
	for (size_t i = 0; i < ROUNDS; i++) {
		char *p = call_malloc((uintptr_t)hole + i % 200 * 8, 1 + i % 3000);

		CHECK(p != NULL);
		*p = 1;
		free(p);
	}
}

int
main(void)
{
	char *stack = mmap(
	    NULL, STACK_BYTES + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(stack != MAP_FAILED && mprotect(stack + STACK_BYTES, 4096, PROT_NONE) == 0);
	hole = stack + STACK_BYTES;
	CHECK(getcontext(&self) == 0);
	self.uc_stack.ss_sp = stack;
	self.uc_stack.ss_size = STACK_BYTES;
	self.uc_link = &caller;
	makecontext(&self, run, 0);
	CHECK(swapcontext(&caller, &self) == 0);
	return passed();
}
