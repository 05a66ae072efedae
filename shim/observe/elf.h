/* SPDX-License-Identifier: MIT */
/*
 * What the head of a mapped program or library tells: its segments, and its build id. Reads only
 * the object's own memory, within its bounds; the object must stay mapped meanwhile. One system
 * call, no lock, no state, errno is kept. Any thread.
 */
#ifndef MG_ELF_H
#define MG_ELF_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MG_ELF_ID_BYTES 32u /* of a build id; GNU's have 20 */

struct mg_elf {
	uintptr_t base; /* what is to be added to the addresses in the file */
	const Elf64_Phdr *segments;
	unsigned n;
};

/* `start` is where the file's first page lies. False when there is no such head, or it is not
 * whole within that page. */
bool mg_elf_open(struct mg_elf *e, uintptr_t start);

struct mg_elf_range {
	uintptr_t start, end;
};

/* The part of the file that is mapped readable around an address; empty when there is none. */
struct mg_elf_range mg_elf_around(const struct mg_elf *e, uintptr_t address);

/* Where the build id lies, and its length; NULL without one, or with one above MG_ELF_ID_BYTES. */
const uint8_t *mg_elf_build_id(const struct mg_elf *e, size_t *bytes_out);

#endif
