/* SPDX-License-Identifier: MIT */
#include "shim/observe/elf.h"

#include "shim/base/page.h"
#include "shim/base/sys.h"

#include <string.h>

/* Where the first loaded segment, which begins with the file, wants to lie. */
static bool
find_base(struct mg_elf *e, uintptr_t start)
{
	for (unsigned i = 0; i < e->n; i++)
		if (e->segments[i].p_type == PT_LOAD) {
			e->base = start - (e->segments[i].p_vaddr & ~(MG_PAGE_BYTES - 1));
			return e->segments[i].p_offset < MG_PAGE_BYTES;
		}
	return false;
}

bool
mg_elf_open(struct mg_elf *e, uintptr_t start)
{
	const Elf64_Ehdr *head = (const Elf64_Ehdr *)start;

	if (start == 0 || start % MG_PAGE_BYTES != 0 || !mg_sys_is_readable(head) ||
	    memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 || head->e_ident[EI_CLASS] != ELFCLASS64 ||
	    head->e_phentsize != sizeof(Elf64_Phdr))
		return false;
	if (head->e_phoff % sizeof(uint64_t) != 0 || head->e_phoff > MG_PAGE_BYTES ||
	    head->e_phnum > (MG_PAGE_BYTES - head->e_phoff) / sizeof(Elf64_Phdr))
		return false;
	e->segments = (const Elf64_Phdr *)(start + head->e_phoff);
	e->n = head->e_phnum;
	return find_base(e, start);
}

struct mg_elf_range
mg_elf_around(const struct mg_elf *e, uintptr_t address)
{
	for (unsigned i = 0; i < e->n; i++) {
		const Elf64_Phdr *s = &e->segments[i];
		uintptr_t start = e->base + s->p_vaddr;

		if (s->p_type == PT_LOAD && (s->p_flags & PF_R) != 0 && address >= start &&
		    address - start < s->p_filesz)
			return (struct mg_elf_range){ start, start + s->p_filesz };
	}
	return (struct mg_elf_range){ 0, 0 };
}

/* Notes are a head, a name and a content each; both are padded. */
static const uint8_t *
find_id(struct mg_elf_range notes, uintptr_t align, size_t *bytes_out)
{
	uintptr_t at = notes.start;

	while (notes.end - at >= sizeof(Elf64_Nhdr)) {
		const Elf64_Nhdr *note = (const Elf64_Nhdr *)at;
		uintptr_t name = at + sizeof *note;
		uintptr_t content = name + ((note->n_namesz + align - 1) & ~(align - 1));

		at = content + ((note->n_descsz + align - 1) & ~(align - 1));
		if (content > notes.end || note->n_descsz > notes.end - content)
			return NULL;
		if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == sizeof ELF_NOTE_GNU &&
		    memcmp((const void *)name, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) == 0 &&
		    note->n_descsz > 0 && note->n_descsz <= MG_ELF_ID_BYTES) {
			*bytes_out = note->n_descsz;
			return (const uint8_t *)content;
		}
		if (at > notes.end)
			return NULL;
	}
	return NULL;
}

const uint8_t *
mg_elf_build_id(const struct mg_elf *e, size_t *bytes_out)
{
	for (unsigned i = 0; i < e->n; i++) {
		const Elf64_Phdr *s = &e->segments[i];
		uintptr_t start = e->base + s->p_vaddr, end;
		const uint8_t *id;

		if (s->p_type != PT_NOTE || start % 4 != 0)
			continue;
		end = mg_elf_around(e, start).end;
		if (end == 0)
			continue;
		if (end - start > s->p_memsz)
			end = start + s->p_memsz;
		id = find_id(
		    (struct mg_elf_range){ start, end }, s->p_align == 8 ? 8 : 4, bytes_out);
		if (id != NULL)
			return id;
	}
	return NULL;
}
