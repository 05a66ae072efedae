/* SPDX-License-Identifier: MIT */
/* Stacks are compared with what libunwind sees from the same place. */
#include "shim/observe/unwind.h"

#include "tests/unit/support.h"

#include <alloca.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#define UNW_LOCAL_ONLY
#include <libunwind.h>

#define NOINLINE __attribute__((noinline))
/* The call is not the last that the function does, and so has a frame. */
#define CALL(x)                       \
	do {                          \
		x;                    \
		__asm__ volatile(""); \
	} while (0)

static uintptr_t mine[MG_UNWIND_DEPTH];
static unsigned n_mine;
static uintptr_t theirs[100];
static unsigned n_theirs;

/* Both begin with this function, at different instructions. */
static NOINLINE void
take_both(void)
{
	n_mine = mg_unwind_take(mine, MG_UNWIND_DEPTH);
	n_theirs = (unsigned)unw_backtrace((void **)theirs, 100);
	mine[0] = theirs[0];
}

static void
expect_same(const char *what, unsigned least)
{
	unsigned most = n_theirs < MG_UNWIND_DEPTH ? n_theirs : MG_UNWIND_DEPTH;

	cr_assert(ge(uint, n_mine, least), "%s", what);
	cr_assert(eq(uint, n_mine, most), "%s", what);
	for (unsigned i = 0; i < n_mine; i++)
		cr_expect(eq(ulong, mine[i], theirs[i]), "%s: frame %u", what, i);
}

/* ---- Frames of every shape. */

static NOINLINE void
plain(void)
{
	CALL(take_both());
}

static NOINLINE void
recursive(int depth)
{
	CALL(depth > 0 ? recursive(depth - 1) : take_both());
}

static NOINLINE void
with_alloca(size_t bytes)
{
	volatile char *p = alloca(bytes);

	p[0] = 1;
	CALL(take_both());
}

static NOINLINE void
use(volatile char *p)
{
	p[0] = 1;
}

static NOINLINE void
realigned(void)
{
	volatile char buf[64] __attribute__((aligned(64)));

	use(buf);
	CALL(take_both());
}

static NOINLINE void
realigned_with_alloca(size_t bytes)
{
	volatile char buf[64] __attribute__((aligned(64)));
	volatile char *p = alloca(bytes);

	use(buf);
	use(p);
	CALL(take_both());
}

static NOINLINE void
large(void)
{
	volatile char buf[100000];

	buf[0] = buf[50000] = 1;
	CALL(take_both());
}

static NOINLINE int
many_arguments(int a, int b, int c, int d, int e, int f, int g, int h, int i)
{
	CALL(take_both());
	return a + b + c + d + e + f + g + h + i;
}

__attribute__((noinline, optimize("no-omit-frame-pointer"))) static void
with_frame_pointer(void)
{
	CALL(plain());
}

static void
realigned_with_room(void)
{
	realigned_with_alloca(100);
	__asm__ volatile("");
}

static NOINLINE void
around(size_t bytes, void (*f)(void))
{
	use(alloca(bytes));
	CALL(f());
}

static int
compare(const void *a, const void *b)
{
	(void)a;
	(void)b;
	CALL(take_both());
	return 0;
}

Test(unwind, sees_frames_of_every_shape)
{
	int two[2] = { 1, 2 };

	plain();
	expect_same("plain", 3);
	recursive(7);
	expect_same("recursive", 10);
	with_alloca(1000);
	expect_same("with alloca", 3);
	realigned();
	expect_same("realigned", 3);
	realigned_with_alloca(100);
	expect_same("realigned with alloca", 3);
	large();
	expect_same("large", 3);
	many_arguments(1, 2, 3, 4, 5, 6, 7, 8, 9);
	expect_same("many arguments", 3);
	with_frame_pointer();
	expect_same("with frame pointer", 4);
	around(1000, realigned_with_room);
	expect_same("with alloca around realigned", 5);
	qsort(two, 2, sizeof two[0], compare);
	expect_same("called by the C library", 4);
}

Test(unwind, stops_at_the_depth_that_is_wanted)
{
	uintptr_t few[4] = { 0 };

	recursive(100);
	expect_same("deep", MG_UNWIND_DEPTH);
	cr_expect(eq(uint, mg_unwind_take(few, 3), 3));
	cr_expect(zero(ulong, few[3]));
	cr_expect(zero(uint, mg_unwind_take(few, 0)));
}

Test(unwind, begins_with_its_caller)
{
	uintptr_t one = 0;
	Dl_info here;

	cr_assert(eq(uint, mg_unwind_take(&one, 1), 1));
	cr_assert(dladdr((void *)one, &here) != 0);
	cr_expect(one > (uintptr_t)plain - 100000 && one < (uintptr_t)plain + 100000);
}

Test(unwind, keeps_errno)
{
	errno = 123;
	mg_unwind_take(mine, MG_UNWIND_DEPTH);
	cr_expect(eq(int, errno, 123));
}

/* ---- Stacks that begin elsewhere. */

static void *
thread(void *arg)
{
	plain();
	return arg;
}

Test(unwind, ends_where_a_thread_begins)
{
	pthread_t t;

	pthread_create(&t, NULL, thread, NULL);
	pthread_join(t, NULL);
	expect_same("thread", 4);
}

static ucontext_t outside, coroutine;

static void
co_begin(void)
{
	plain();
}

Test(unwind, ends_where_a_coroutine_begins)
{
	static char stack[1 << 16];

	getcontext(&coroutine);
	coroutine.uc_stack.ss_sp = stack;
	coroutine.uc_stack.ss_size = sizeof stack;
	coroutine.uc_link = &outside;
	makecontext(&coroutine, co_begin, 0);
	swapcontext(&outside, &coroutine);
	expect_same("coroutine", 3);
}

/* ---- Signals. */

static void
on_signal(int sig)
{
	(void)sig;
	plain();
}

static void
handle(int flags)
{
	struct sigaction a = { .sa_handler = on_signal, .sa_flags = flags };

	sigaction(SIGUSR1, &a, NULL);
}

Test(unwind, goes_through_a_signal)
{
	handle(0);
	raise(SIGUSR1);
	expect_same("signal", 6);
}

Test(unwind, goes_through_a_signal_on_another_stack)
{
	static char room[1 << 16];
	stack_t alt = { .ss_sp = room, .ss_size = sizeof room };

	sigaltstack(&alt, NULL);
	handle(SA_ONSTACK);
	raise(SIGUSR1);
	expect_same("signal on another stack", 6);
}

/* Wherever the instruction is that it interrupted: the first of a function, or its last. */
static volatile int interrupted;

static NOINLINE int
add(int a, int b)
{
	return a + b;
}

static void
on_trap(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	plain();
	expect_same("single step", 5);
	if (++interrupted == 200)
		uc->uc_mcontext.gregs[REG_EFL] &= ~0x100;
}

Test(unwind, sees_the_caller_at_every_instruction)
{
	struct sigaction a = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };
	volatile int sum = 0;

	sigaction(SIGTRAP, &a, NULL);
	__asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq" ::: "memory", "cc");
	for (int i = 0; i < 200; i++)
		sum = add(sum, i);
	cr_expect(ge(int, interrupted, 200));
}

/* ---- Code that has no tables, as JIT compilers write it. */

typedef void jit_fn(void (*callee)(void), uintptr_t bp);

static jit_fn *
jit(const uint8_t *code, size_t n)
{
	void *page = mmap(
	    NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(page, code, n);
	return (jit_fn *)page;
}

/* push rbp; mov rbp, rsp; call rdi; pop rbp; ret */
static const uint8_t chained[] = { 0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3 };
/* push rbp; mov rbp, rsi; call rdi; pop rbp; ret */
static const uint8_t misled[] = { 0x55, 0x48, 0x89, 0xf5, 0xff, 0xd7, 0x5d, 0xc3 };

static void
take_mine(void)
{
	n_mine = mg_unwind_take(mine, MG_UNWIND_DEPTH);
	__asm__ volatile("");
}

Test(unwind, goes_through_code_without_tables)
{
	jit(chained, sizeof chained)(plain, 0);
	expect_same("without tables", 6);
}

Test(unwind, survives_a_wild_frame_pointer)
{
	char *pages = mmap(NULL, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	const uintptr_t wild[] = { 0, 1, 8, 4096, (uintptr_t)pages, (uintptr_t)pages + 4088,
		UINTPTR_MAX, UINTPTR_MAX - 7, UINTPTR_MAX - 15, (uintptr_t)1 << 63,
		(uintptr_t)1 << 47, here + 1, here - 65536, here + 60000, here + (1 << 24) };
	jit_fn *code = jit(misled, sizeof misled);

	for (size_t i = 0; i < ROWS(wild); i++) {
		code(take_mine, wild[i]);
		cr_expect(ge(uint, n_mine, 2), "%lx", wild[i]);
	}
}

/* It leads to a frame that nobody returns to. */
Test(unwind, takes_no_return_address_that_is_none)
{
	uintptr_t pair[2] = { 0, 4095 };

	jit(misled, sizeof misled)(take_mine, (uintptr_t)pair);
	cr_expect(eq(uint, n_mine, 2));
	pair[1] = 4096;
	jit(misled, sizeof misled)(take_mine, (uintptr_t)pair);
	cr_expect(eq(uint, n_mine, 3));
}

static void
expect_two_at_the_end_of_a_stack(uintptr_t before_end)
{
	size_t bytes = 1 << 16, page = 4096;
	char *stack = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t end = (uintptr_t)stack + bytes - page;

	mprotect((void *)end, page, PROT_NONE);
	getcontext(&coroutine);
	coroutine.uc_stack.ss_sp = stack;
	coroutine.uc_stack.ss_size = bytes - page;
	coroutine.uc_link = &outside;
	makecontext(
	    &coroutine, (void (*)(void))jit(misled, sizeof misled), 2, take_mine, end - before_end);
	swapcontext(&outside, &coroutine);
	cr_expect(eq(uint, n_mine, 2), "%lu", before_end);
	munmap(stack, bytes);
}

Test(unwind, does_not_read_past_the_end_of_a_stack)
{
	expect_two_at_the_end_of_a_stack(0);
	expect_two_at_the_end_of_a_stack(8);
	expect_two_at_the_end_of_a_stack(12); /* half of it beyond */
}

/* ---- Tables that lie. */

/* RBP becomes the second argument; then calls the first. */
void unwind_test_wrong_cfa(void (*callee)(void), uintptr_t bp);
void unwind_test_lost_bp(void (*callee)(void), uintptr_t bp);
__asm__(".text\n"
	"unwind_test_wrong_cfa:\n"
	"	.cfi_startproc\n"
	"	push %rbp\n"
	"	.cfi_def_cfa_offset 16\n"
	"	mov %rsi, %rbp\n"
	"	.cfi_def_cfa %rbp, 16\n"
	"	.cfi_offset %rbp, -16\n"
	"	call *%rdi\n"
	"	pop %rbp\n"
	"	.cfi_def_cfa %rsp, 8\n"
	"	ret\n"
	"	.cfi_endproc\n"
	"unwind_test_lost_bp:\n"
	"	.cfi_startproc\n"
	"	push %rbp\n"
	"	.cfi_def_cfa_offset 16\n"
	"	.cfi_undefined %rbp\n"
	"	call *%rdi\n"
	"	pop %rbp\n"
	"	.cfi_def_cfa %rsp, 8\n"
	"	ret\n"
	"	.cfi_endproc\n");

/* A frame that is its own caller. */
Test(unwind, does_not_go_in_circles)
{
	static uintptr_t pair[2];

	pair[0] = (uintptr_t)pair;
	pair[1] = (uintptr_t)unwind_test_wrong_cfa + 1;
	unwind_test_wrong_cfa(take_mine, (uintptr_t)pair);
	cr_expect(eq(uint, n_mine, 2));
}

static NOINLINE void
around_lost_bp(size_t bytes)
{
	use(alloca(bytes));
	CALL(unwind_test_lost_bp(take_mine, 0));
}

/* The caller's frame cannot be left without it. */
Test(unwind, does_not_use_a_register_that_was_lost)
{
	around_lost_bp(100);
	cr_expect(eq(uint, n_mine, 3));
}
