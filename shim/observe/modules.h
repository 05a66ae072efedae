/* SPDX-License-Identifier: MIT */
/*
 * The program and the libraries whose code was seen in stacks: where they are mapped, their build
 * ids and names, noted while their code is running. An address becomes a frame, which stays good
 * when its library is unloaded and another comes to lie there: the module's number in the upper 16
 * bits (1 for the first; 0 for code outside of all, whose address it is then), the offset from the
 * start of its mapping in the lower 48.
 *
 * At most MG_MODULES; fixed storage apart. Lookups of known modules take no lock and make no system
 * call. Any thread, also in signal handlers; errno is kept.
 */
#ifndef MG_MODULES_H
#define MG_MODULES_H

#include "shim/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MG_MODULES 1024u
#define MG_MODULES_FRAME(module, offset) ((uint64_t)(module) << 48 | (offset))
#define MG_MODULES_NUMBER(frame) ((unsigned)((frame) >> 48))
#define MG_MODULES_OFFSET(frame) ((frame) & ((UINT64_C(1) << 48) - 1))

/* What an address inside code that runs (on the caller's stack) belongs to. */
struct mg_modules_code {
	uintptr_t start, end; /* addresses around it that belong there too */
	uintptr_t origin;     /* where the file's first page lies */
	const void *tables;   /* .eh_frame_hdr, NULL without one */
	unsigned number;      /* 0 when there are too many modules */
	bool is_program;      /* not a library */
};
/* False outside of all, as for code that was compiled just now. No lock of the loader's, no
 * allocation. */
bool mg_modules_find(uintptr_t pc, struct mg_modules_code *out);
uint64_t mg_modules_frame(uintptr_t pc);

/* "libfoo.so.1+0x1234", or "0x7f..." outside of all modules. */
void mg_modules_print_frame(struct mg_text *t, uint64_t frame);

/*
 * Lines "module NUMBER START END BUILD-ID PATH" for the profile (sites.h): numbers in decimal,
 * addresses in hex without 0x, "-" for a build id that is not there; the path, as the loader knows
 * it, is the rest of the line, empty for the program itself. START is where the file's first page
 * is mapped: a frame's offset counts from it.
 */
void mg_modules_print(struct mg_text *t);
size_t mg_modules_room(void); /* bytes that mg_modules_print() needs at most */
uint64_t mg_modules_own_bytes(void);

void mg_modules_after_fork_child(void);

#endif
