/* SPDX-License-Identifier: MIT */
/*
 * Call frame information: what compilers write down (.eh_frame and its search table) of how a
 * function's frame lies on the stack, at each of its instructions. Understands what stands between
 * a program and its allocations: frames that are measured from the stack pointer or from RBP, also
 * realigned ones, and those of signals. x86-64. Pure; the object must stay mapped meanwhile.
 */
#ifndef MG_CFI_H
#define MG_CFI_H

#include "shim/observe/elf.h"

#include <stdint.h>

enum mg_cfi_kind {
	MG_CFI_UNKNOWN, /* nothing is written down, or nothing that is understood */
	MG_CFI_FRAME,
	MG_CFI_SIGNAL, /* the kernel has put a ucontext_t where the stack pointer points */
	MG_CFI_END,    /* nobody has called this */
};

enum mg_cfi_bp {
	MG_CFI_BP_SAME,
	MG_CFI_BP_AT_CFA, /* the caller's was saved at bp_offset from the CFA */
	MG_CFI_BP_AT_BP,  /* ... from where RBP points */
	MG_CFI_BP_LOST,
};

/*
 * How to get from a frame to its caller's. The CFA, which is the caller's stack pointer, is SP or
 * BP plus cfa_offset, or is loaded from there; the return address lies right below it.
 */
struct mg_cfi_rule {
	uint8_t kind : 2; /* enum mg_cfi_kind */
	uint8_t cfa_from_bp : 1;
	uint8_t cfa_is_loaded : 1;
	uint8_t bp : 2; /* enum mg_cfi_bp */
	int16_t bp_offset;
	int32_t cfa_offset;
};

/* `table` is the object's .eh_frame_hdr; pc an address inside the instruction. */
struct mg_cfi_rule mg_cfi_find(const struct mg_elf *e, const void *table, uintptr_t pc);

#endif
