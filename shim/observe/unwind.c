/* SPDX-License-Identifier: MIT */
#include "shim/observe/unwind.h"

#include "shim/base/page.h"
#include "shim/base/sys.h"
#include "shim/observe/cfi.h"
#include "shim/observe/elf.h"
#include "shim/observe/modules.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <ucontext.h>

#define LEAST_ADDRESS 4096u
#define MOST_STEPS 128u                /* in all: the stack of a signal may lie anywhere */
#define FARTHEST_FRAME UINT64_C(65536) /* that a chain of RBP is believed to jump over */

struct walk {
	uintptr_t pc, sp, bp;
	bool is_call;                /* pc comes behind the instruction it stands for */
	uintptr_t readable;          /* a page of the stack that is known to be there */
	struct mg_modules_code code; /* that pc was found in last */
};

/*
 * Rules that were found, by frame. Whoever reads an entry while it is written, or two write it at
 * once, sees a key that does not fit.
 */
#define RULES 4096u
static MG_SYS_APART struct {
	_Atomic uint64_t mixed; /* key ^ rule */
	_Atomic uint64_t rule;
} rules[RULES];
_Static_assert(sizeof(struct mg_cfi_rule) == sizeof(uint64_t), "in one word");

static struct mg_cfi_rule
look_up(const struct mg_modules_code *code, uintptr_t pc)
{
	struct mg_cfi_rule rule = { .kind = MG_CFI_UNKNOWN };
	struct mg_elf e;

	if (code->tables != NULL && mg_elf_open(&e, code->origin))
		rule = mg_cfi_find(&e, code->tables, pc);
	return rule;
}

static struct mg_cfi_rule
cached_rule(const struct mg_modules_code *code, uintptr_t pc)
{
	uint64_t key = MG_MODULES_FRAME(code->number, pc - code->origin), bits;
	size_t i = key * UINT64_C(0x9e3779b97f4a7c15) >> 52;
	struct mg_cfi_rule rule;

	bits = atomic_load_explicit(&rules[i].rule, memory_order_relaxed);
	if ((atomic_load_explicit(&rules[i].mixed, memory_order_relaxed) ^ bits) == key) {
		memcpy(&rule, &bits, sizeof rule);
		return rule;
	}
	rule = look_up(code, pc);
	memcpy(&bits, &rule, sizeof bits);
	atomic_store_explicit(&rules[i].mixed, key ^ bits, memory_order_relaxed);
	atomic_store_explicit(&rules[i].rule, bits, memory_order_relaxed);
	return rule;
}
_Static_assert(RULES == 1u << 12, "as many as 12 bits count");

static struct mg_cfi_rule
rule_here(struct walk *w)
{
	uintptr_t pc = w->pc - w->is_call;

	if (pc < w->code.start || pc >= w->code.end) {
		w->code = (struct mg_modules_code){ 0 };
		if (!mg_modules_find(pc, &w->code))
			return (struct mg_cfi_rule){ .kind = MG_CFI_UNKNOWN };
	}
	return w->code.number != 0 ? cached_rule(&w->code, pc) : look_up(&w->code, pc);
}

/* ---- From a frame to its caller's. */

/* Other threads' sanitizers need not know. */
__attribute__((no_sanitize("address", "thread"), noinline)) static uintptr_t
peek(uintptr_t address)
{
	return *(const volatile uintptr_t *)address;
}

static bool
load(struct walk *w, uintptr_t address, uintptr_t *out)
{
	uintptr_t page = address & ~(MG_PAGE_BYTES - 1);

	if (address % sizeof address != 0)
		return false;
	if (page != w->readable) {
		if (!mg_sys_is_readable((const void *)address))
			return false;
		w->readable = page;
	}
	*out = peek(address);
	return true;
}

static bool
load_bp(struct walk *w, struct mg_cfi_rule rule, uintptr_t cfa)
{
	switch ((enum mg_cfi_bp)rule.bp) {
	case MG_CFI_BP_SAME: return true;
	case MG_CFI_BP_AT_CFA: return load(w, cfa + (uintptr_t)rule.bp_offset, &w->bp);
	case MG_CFI_BP_AT_BP: return load(w, w->bp + (uintptr_t)rule.bp_offset, &w->bp);
	case MG_CFI_BP_LOST: w->bp = 0; return true;
	}
	return false;
}

static bool
leave_frame(struct walk *w, struct mg_cfi_rule rule)
{
	uintptr_t cfa = (rule.cfa_from_bp ? w->bp : w->sp) + (uintptr_t)rule.cfa_offset;

	if (rule.cfa_is_loaded && !load(w, cfa, &cfa))
		return false;
	if (cfa <= w->sp || !load_bp(w, rule, cfa) || !load(w, cfa - 8, &w->pc))
		return false;
	w->sp = cfa;
	w->is_call = true;
	return true;
}

#define SAVED(reg) (offsetof(ucontext_t, uc_mcontext.gregs) + (reg) * sizeof(greg_t))

static bool
leave_signal(struct walk *w)
{
	uintptr_t saved = w->sp;

	w->is_call = false;
	return load(w, saved + SAVED(REG_RIP), &w->pc) && load(w, saved + SAVED(REG_RBP), &w->bp) &&
	       load(w, saved + SAVED(REG_RSP), &w->sp);
}

/* What functions begin with that keep a frame pointer: it points to the caller's, and the return
 * address lies above it. */
static bool
leave_chained(struct walk *w)
{
	uintptr_t bp = w->bp;

	if (bp < w->sp || bp - w->sp > FARTHEST_FRAME || !load(w, bp + 8, &w->pc) ||
	    !load(w, bp, &w->bp))
		return false;
	w->sp = bp + 16;
	w->is_call = true;
	return true;
}

static bool
step(struct walk *w)
{
	struct mg_cfi_rule rule = rule_here(w);

	switch ((enum mg_cfi_kind)rule.kind) {
	case MG_CFI_FRAME: return leave_frame(w, rule);
	case MG_CFI_SIGNAL: return leave_signal(w);
	case MG_CFI_UNKNOWN: return leave_chained(w);
	case MG_CFI_END: return false;
	}
	return false;
}

/* In unit tests memgov is a part of the program. */
static struct mg_modules_code
own_code(void)
{
	struct mg_modules_code own = { 0 };

	if (!mg_modules_find((uintptr_t)&mg_unwind_take, &own) || own.is_program)
		own.start = own.end = 0;
	return own;
}

__attribute__((noinline)) unsigned
mg_unwind_take(uintptr_t *out, unsigned most)
{
	unsigned n = 0;
#if defined(__x86_64__)
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
	struct walk w = { .pc = (uintptr_t)__builtin_return_address(0),
		.sp = frame + 16,
		.bp = *(const uintptr_t *)frame,
		.is_call = true,
		.readable = frame & ~(MG_PAGE_BYTES - 1) };
	struct mg_modules_code own = own_code();

	for (unsigned i = 0; i < MOST_STEPS && n < most && w.pc >= LEAST_ADDRESS; i++) {
		if (n > 0 || w.pc < own.start || w.pc >= own.end)
			out[n++] = w.pc;
		if (!step(&w))
			break;
	}
#else
	(void)out, (void)most;
#endif
	return n;
}
