/* SPDX-License-Identifier: MIT */
/* What is read of the libraries of a process: tables of unwinding, and notes. */
#include "tests/fuzz/fuzz.h"

#include "shim/observe/cfi.h"

static void
check_tables(const struct mg_elf *e, const char *text, size_t len)
{
	int32_t function = 0;

	if (len >= 16)
		memcpy(&function, text + 12, sizeof function);
	for (uintptr_t offset = 0; offset < 64; offset = offset * 2 + 1) {
		uintptr_t pc = (uintptr_t)text + (uintptr_t)function + offset;
		struct mg_cfi_rule rule = mg_cfi_find(e, text, pc);

		FUZZ_CHECK(rule.kind != MG_CFI_FRAME || len > 20);
	}
}

static void
check_notes(const struct mg_elf *e, const char *text, size_t len)
{
	size_t n = 0;
	const uint8_t *id = mg_elf_build_id(e, &n);
	const uint8_t *start = (const uint8_t *)text;

	if (id != NULL)
		FUZZ_CHECK(
		    n > 0 && n <= MG_ELF_ID_BYTES && id >= start + 16 && id + n <= start + len);
}

static void
fuzz_text(char *text, size_t len)
{
	Elf64_Phdr segments[] = {
		{ .p_type = PT_LOAD, .p_flags = PF_R, .p_filesz = len },
		{ .p_type = PT_NOTE, .p_memsz = len, .p_align = len % 2 == 0 ? 4 : 8 },
	};
	struct mg_elf e = { .base = (uintptr_t)text, .segments = segments, .n = 2 };

	check_tables(&e, text, len);
	check_notes(&e, text, len);
}
