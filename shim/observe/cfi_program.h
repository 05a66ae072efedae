/* SPDX-License-Identifier: MIT */
/*
 * The instructions of call frame information, which build up, address by address, what holds in a
 * function. Pure.
 */
#ifndef MG_CFI_PROGRAM_H
#define MG_CFI_PROGRAM_H

#include "shim/base/reader.h"
#include "shim/observe/cfi.h"

struct mg_cfi_program {
	uint64_t code_align;
	int64_t data_align;
	struct mg_reader common, own; /* instructions: of many functions, and of this one */
};

/* What holds so many bytes behind the function's start. */
struct mg_cfi_rule mg_cfi_program_run(const struct mg_cfi_program *p, uint64_t offset);

#endif
