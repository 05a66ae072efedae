/* SPDX-License-Identifier: MIT */
#include "shim/observe/elf.h"

#include "tests/unit/support.h"

#include <string.h>
#include <sys/mman.h>

/* Two pages of a library that was made up. */
static struct {
	Elf64_Ehdr head;
	Elf64_Phdr segments[4];
	uint8_t notes[256];
	uint8_t rest[8192 - sizeof(Elf64_Ehdr) - 4 * sizeof(Elf64_Phdr) - 256];
} file __attribute__((aligned(4096)));
static size_t n_notes;

#define NOTES ((size_t)((char *)file.notes - (char *)&file))
#define BASE ((uintptr_t)&file - 0x10000)

static void
make(void)
{
	memset(&file, 0, sizeof file);
	memcpy(file.head.e_ident, ELFMAG, SELFMAG);
	file.head.e_ident[EI_CLASS] = ELFCLASS64;
	file.head.e_phoff = sizeof file.head;
	file.head.e_phentsize = sizeof(Elf64_Phdr);
	file.head.e_phnum = 4;
	file.segments[0] = (Elf64_Phdr){
		.p_type = PT_NOTE, .p_vaddr = 0x10000 + NOTES, .p_memsz = 256, .p_align = 4
	};
	file.segments[1] = (Elf64_Phdr){ .p_type = PT_LOAD,
		.p_flags = PF_R,
		.p_vaddr = 0x10000,
		.p_filesz = 4096,
		.p_memsz = 4096 };
	file.segments[2] = (Elf64_Phdr){ .p_type = PT_LOAD,
		.p_flags = PF_W,
		.p_offset = 4096,
		.p_vaddr = 0x12000,
		.p_filesz = 100,
		.p_memsz = 4096 };
	file.segments[3] = (Elf64_Phdr){ .p_type = PT_LOAD,
		.p_flags = PF_R | PF_W,
		.p_offset = 4096,
		.p_vaddr = 0x13008,
		.p_filesz = 100,
		.p_memsz = 4096 };
	n_notes = 0;
}

static void
put_note(uint32_t type, const char *name, uint32_t n_name, uint32_t n, size_t align)
{
	Elf64_Nhdr note = { .n_namesz = n_name, .n_descsz = n, .n_type = type };

	memcpy(file.notes + n_notes, &note, sizeof note);
	memcpy(file.notes + n_notes + sizeof note, name, n_name);
	n_notes += sizeof note + (n_name + align - 1) / align * align;
	for (uint32_t i = 0; i < n; i++)
		file.notes[n_notes + i] = (uint8_t)(type + i);
	n_notes += (n + align - 1) / align * align;
}

static bool
can_open(struct mg_elf *e)
{
	return mg_elf_open(e, (uintptr_t)&file);
}

static const uint8_t *
build_id(size_t *n)
{
	struct mg_elf e;

	cr_assert(can_open(&e));
	*n = 0;
	return mg_elf_build_id(&e, n);
}

static void
expect_id_at(size_t at, size_t want)
{
	size_t n;
	const uint8_t *id = build_id(&n);

	cr_expect(eq(ptr, (void *)(uintptr_t)id, file.notes + at));
	cr_expect(eq(sz, n, want));
}

static void
expect_no_id(const char *what)
{
	size_t n;

	cr_expect(build_id(&n) == NULL, "%s", what);
}

Test(elf, opens_what_begins_as_one, .init = make)
{
	struct mg_elf e;

	cr_assert(can_open(&e));
	cr_expect(eq(ulong, e.base, BASE));
	cr_expect(eq(uint, e.n, 4));
	cr_expect(eq(ptr, (void *)(uintptr_t)e.segments, file.segments));
}

Test(elf, does_not_open_what_is_none, .init = make)
{
	char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct mg_elf e;

	cr_expect(not(mg_elf_open(&e, 0)));
	cr_expect(not(mg_elf_open(&e, (uintptr_t)&file + 8)));
	cr_expect(not(mg_elf_open(&e, (uintptr_t)page)));
	munmap(page, 4096);
	cr_expect(not(mg_elf_open(&e, (uintptr_t)page)));
	file.head.e_ident[1] = 'F';
	cr_expect(not(can_open(&e)));
	make();
	file.head.e_ident[EI_CLASS] = ELFCLASS32;
	cr_expect(not(can_open(&e)));
	make();
	file.head.e_phentsize--;
	cr_expect(not(can_open(&e)));
}

Test(elf, wants_its_head_on_the_first_page, .init = make)
{
	struct mg_elf e;

	file.head.e_phnum = (4096 - sizeof file.head) / sizeof(Elf64_Phdr);
	cr_expect(can_open(&e));
	file.head.e_phnum++;
	cr_expect(not(can_open(&e)));
	file.head.e_phnum = 1;
	file.head.e_phoff = 4096;
	cr_expect(not(can_open(&e)));
	file.head.e_phoff = UINT64_MAX - 7;
	cr_expect(not(can_open(&e)));
	file.head.e_phoff = 4096 + 64;
	memcpy((char *)&file + file.head.e_phoff, &file.segments[1], sizeof file.segments[1]);
	cr_expect(not(can_open(&e)));
	file.head.e_phoff = 65;
	cr_expect(not(can_open(&e)));
	make();
	file.segments[1].p_offset = 4096;
	cr_expect(not(can_open(&e)));
	file.head.e_phnum = 1;
	cr_expect(not(can_open(&e)));
}

Test(elf, finds_the_readable_part_around_an_address, .init = make)
{
	struct mg_elf e;
	static const struct {
		uintptr_t at, start, end;
	} rows[] = {
		{ 0xffff, 0, 0 },
		{ 0x10000, 0x10000, 0x11000 },
		{ 0x10fff, 0x10000, 0x11000 },
		{ 0x11000, 0, 0 },
		{ 0x12000, 0, 0 },
		{ 0x13007, 0, 0 },
		{ 0x13008, 0x13008, 0x13008 + 100 },
		{ 0x13008 + 100, 0, 0 },
	};

	cr_assert(can_open(&e));
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_elf_range r = mg_elf_around(&e, BASE + rows[i].at);
		uintptr_t base = rows[i].end == 0 ? 0 : BASE;

		cr_expect(eq(ulong, r.start, base + rows[i].start), "%lx", rows[i].at);
		cr_expect(eq(ulong, r.end, base + rows[i].end), "%lx", rows[i].at);
	}
}

Test(elf, finds_the_build_id_among_notes, .init = make)
{
	expect_no_id("empty");
	put_note(NT_GNU_ABI_TAG, "GNU", 4, 16, 4);
	put_note(NT_GNU_BUILD_ID, "GN", 3, 20, 4);
	put_note(NT_GNU_BUILD_ID, "GNU\0X", 5, 20, 4);
	put_note(NT_GNU_BUILD_ID, "XNU", 4, 20, 4);
	put_note(NT_GNU_BUILD_ID, "GNU", 4, MG_ELF_ID_BYTES + 1, 4);
	put_note(NT_GNU_BUILD_ID, "GNU", 4, 0, 4);
	expect_no_id("others");
	put_note(NT_GNU_BUILD_ID, "GNU", 4, 19, 4);
	expect_id_at(n_notes - 20, 19);
}

Test(elf, reads_notes_of_wide_alignment, .init = make)
{
	file.segments[0].p_align = 8;
	put_note(NT_GNU_ABI_TAG, "ABCDE", 6, 4, 8);
	put_note(NT_GNU_BUILD_ID, "GNU", 4, 20, 8);
	expect_id_at(n_notes - 24, 20);
}

Test(elf, does_not_read_past_the_notes, .init = make)
{
	put_note(NT_GNU_BUILD_ID, "GNU", 4, 20, 4);
	file.segments[0].p_memsz = n_notes;
	expect_id_at(16, 20);
	for (size_t n = 0; n < n_notes; n++) {
		file.segments[0].p_memsz = n;
		expect_no_id("cut");
	}
	file.segments[0].p_memsz = UINT64_MAX;
	file.segments[1].p_filesz = NOTES + n_notes;
	expect_id_at(16, 20);
	file.segments[1].p_filesz--;
	expect_no_id("cut by its segment");
	file.segments[1].p_filesz = NOTES;
	expect_no_id("outside of all segments");
	make();
	put_note(NT_GNU_ABI_TAG, "GNU", 4, 4, 4);
	((Elf64_Nhdr *)(void *)file.notes)->n_descsz = UINT32_MAX;
	expect_no_id("too long");
	((Elf64_Nhdr *)(void *)file.notes)->n_namesz = UINT32_MAX;
	expect_no_id("too long a name");
}
