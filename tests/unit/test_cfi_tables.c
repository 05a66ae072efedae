/* SPDX-License-Identifier: MIT */
/* Tables written by hand: what compilers write is compared with libunwind in test_unwind.c. */
#include "shim/observe/cfi.h"

#include "tests/unit/support.h"

#include <string.h>

#define FUNCTION 0x1000u /* behind the tables; nobody reads it */
#define FUNCTION_BYTES 100u

/* ---- A file of one segment, which is all tables. */

static uint8_t file[512] __attribute__((aligned(8)));
static size_t n_file;
static Elf64_Phdr segment;

static void
put(uint64_t v, size_t bytes)
{
	memcpy(file + n_file, &v, bytes);
	n_file += bytes;
}

static void
put_all(const uint8_t *bytes, size_t n)
{
	memcpy(file + n_file, bytes, n);
	n_file += n;
}

static void
patch(size_t at, size_t v)
{
	uint32_t v32 = (uint32_t)v;

	memcpy(file + at, &v32, sizeof v32);
}

/* CFA = RSP + 8, return address below it. */
static const uint8_t usual[] = { 0x0c, 7, 8, 0x90, 1 };

static void
put_common(const char *letters, const uint8_t *program, size_t n)
{
	size_t start = n_file;

	put(0, 4);
	put(0, 4);
	put(1, 1);
	put_all((const uint8_t *)letters, strlen(letters) + 1);
	put(1, 1);
	put(0x78, 1); /* -8 */
	put(16, 1);
	put(1, 1);
	put(0x1b, 1); /* of R: relative to itself, signed, 4 bytes */
	put_all(program, n);
	patch(start, n_file - start - 4);
}

static void
put_function(size_t common, const uint8_t *program, size_t n)
{
	size_t start = n_file;

	put(0, 4);
	put(n_file - common, 4);
	put(FUNCTION - n_file, 4);
	put(FUNCTION_BYTES, 4);
	put(0, 1);
	put_all(program, n);
	patch(start, n_file - start - 4);
}

/* A search table of one function, and that function. */
static void
make(const char *letters, const uint8_t *program, size_t n)
{
	size_t entry;

	n_file = 0;
	put(1, 1);
	put(0x1b, 1);
	put(0x03, 1);
	put(0x3b, 1);
	put(0, 4);
	put(1, 4);
	put(FUNCTION, 4);
	entry = n_file;
	put(0, 4);
	put_common(letters, usual, sizeof usual);
	patch(entry, n_file);
	put_function(entry + 4, program, n);
	segment = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R, .p_filesz = n_file };
}
#define MAKE(letters, ...)                                         \
	do {                                                       \
		static const uint8_t program_[] = { __VA_ARGS__ }; \
		make(letters, program_, sizeof program_);          \
	} while (0)

static struct mg_cfi_rule
find(uint64_t offset)
{
	struct mg_elf e = { .base = (uintptr_t)file, .segments = &segment, .n = 1 };

	return mg_cfi_find(&e, file, (uintptr_t)file + FUNCTION + offset);
}

static void
expect_frame(uint64_t offset, bool from_bp, int cfa_offset, enum mg_cfi_bp bp, int bp_offset)
{
	struct mg_cfi_rule r = find(offset);

	cr_expect(eq(int, r.kind, MG_CFI_FRAME), "at %lu", offset);
	cr_expect(eq(int, r.cfa_from_bp, from_bp), "at %lu", offset);
	cr_expect(eq(int, r.cfa_offset, cfa_offset), "at %lu", offset);
	cr_expect(eq(int, r.bp, bp), "at %lu", offset);
	cr_expect(eq(int, r.bp_offset, bp_offset), "at %lu", offset);
}

static void
expect_kind(uint64_t offset, enum mg_cfi_kind kind)
{
	cr_expect(eq(int, find(offset).kind, kind), "at %lu", offset);
}

/* ---- What holds where. */

Test(cfi_tables, follows_a_prologue_and_an_epilogue)
{
	MAKE("zR", 0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, /* push rbp; mov rbp, rsp */
	    0x02, 80, 0x0a, 0x0c, 7, 8, 0xc6, 0x41,
	    0x0b); /* pop rbp, at 84; ret; again as before */
	expect_frame(0, false, 8, MG_CFI_BP_SAME, 0);
	expect_frame(1, false, 16, MG_CFI_BP_AT_CFA, -16);
	expect_frame(3, false, 16, MG_CFI_BP_AT_CFA, -16);
	expect_frame(4, true, 16, MG_CFI_BP_AT_CFA, -16);
	expect_frame(83, true, 16, MG_CFI_BP_AT_CFA, -16);
	expect_frame(84, false, 8, MG_CFI_BP_SAME, 0);
	expect_frame(85, true, 16, MG_CFI_BP_AT_CFA, -16);
	expect_frame(99, true, 16, MG_CFI_BP_AT_CFA, -16);
}

Test(cfi_tables, knows_nothing_outside_of_functions)
{
	MAKE("zR", 0);
	expect_kind(0, MG_CFI_FRAME);
	expect_kind(FUNCTION_BYTES, MG_CFI_UNKNOWN);
	expect_kind(-UINT64_C(1), MG_CFI_UNKNOWN);
	expect_kind(UINT64_C(1) << 40, MG_CFI_UNKNOWN);
}

Test(cfi_tables, reads_long_steps_and_large_frames)
{
	MAKE("zR", 0x03, 40, 0, 0x0e, 0x80, 0x80, 0x04, 0x04, 20, 0, 0, 0, 0x13, 0x70, 0x0e, 8);
	expect_frame(39, false, 8, MG_CFI_BP_SAME, 0);
	expect_frame(40, false, 65536, MG_CFI_BP_SAME, 0);
	expect_frame(59, false, 65536, MG_CFI_BP_SAME, 0);
	MAKE("zR", 0x12, 6, 0x7c, 0x11, 6, 2); /* with the signed, aligned forms */
	expect_frame(0, true, 32, MG_CFI_BP_AT_CFA, -16);
}

Test(cfi_tables, understands_realigned_frames)
{
	struct mg_cfi_rule r;

	MAKE("zR", 0x0f, 3, 0x76, 0x78, 0x06, 0x10, 6, 2, 0x76, 0); /* *(rbp - 8); rbp at rbp */
	expect_frame(0, true, -8, MG_CFI_BP_AT_BP, 0);
	r = find(0);
	cr_expect(eq(int, r.cfa_is_loaded, 1));
	MAKE("zR", 0x0f, 3, 0x76, 0x78, 0x06, 0x0c, 7, 8);
	r = find(0);
	cr_expect(eq(int, r.cfa_is_loaded, 0));
}

Test(cfi_tables, leaves_what_it_does_not_understand)
{
	MAKE("zR", 0x0c, 10, 0); /* from another register */
	expect_kind(0, MG_CFI_UNKNOWN);
	MAKE("zR", 0x0f, 2, 0x76, 0x78); /* not loaded */
	expect_kind(0, MG_CFI_UNKNOWN);
	MAKE("zR", 0x0f, 4, 0x76, 0x78, 0x06, 0x06); /* loaded twice */
	expect_kind(0, MG_CFI_UNKNOWN);
	MAKE("zR", 0x90, 2); /* the return address elsewhere */
	expect_kind(0, MG_CFI_UNKNOWN);
	MAKE("zR", 0x3f); /* no instruction */
	expect_kind(0, MG_CFI_UNKNOWN);
	MAKE("zR", 0x0b); /* nothing is remembered */
	expect_kind(0, MG_CFI_UNKNOWN);
	MAKE("zR", 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a); /* too much is */
	expect_kind(0, MG_CFI_UNKNOWN);
	MAKE("zR", 0x86, 0x80, 0x80, 0x80, 1); /* too far */
	expect_kind(0, MG_CFI_UNKNOWN);
}

Test(cfi_tables, tells_lost_and_unchanged_registers)
{
	MAKE("zR", 0x86, 2, 0x41, 0x07, 6, 0x41, 0x08, 6, 0x41, 0x09, 6, 3, 0x41, 0x16, 6, 1, 0x90,
	    0x41, 0x06, 6, 0x41, 0x83, 5, 0x2e, 0);
	expect_frame(0, false, 8, MG_CFI_BP_AT_CFA, -16);
	expect_frame(1, false, 8, MG_CFI_BP_LOST, 0);
	expect_frame(2, false, 8, MG_CFI_BP_SAME, 0);
	expect_frame(3, false, 8, MG_CFI_BP_LOST, 0);
	expect_frame(4, false, 8, MG_CFI_BP_LOST, 0);
	expect_frame(5, false, 8, MG_CFI_BP_SAME, 0);
	expect_frame(6, false, 8, MG_CFI_BP_SAME, 0);
}

Test(cfi_tables, sees_the_end_of_a_stack)
{
	MAKE("zR", 0x44, 0x07, 16, 0x44, 0xd0);
	expect_kind(3, MG_CFI_FRAME);
	expect_kind(4, MG_CFI_END);
	expect_kind(8, MG_CFI_FRAME);
}

Test(cfi_tables, sees_frames_of_signals)
{
	MAKE("zRS", 0x0f, 4, 0x77, 0xa0, 1, 0x06, 0x10, 16, 3, 0x77, 0xa8, 1);
	expect_kind(0, MG_CFI_SIGNAL);
	MAKE("zRS", 0); /* says so, but calls it as others do */
	expect_kind(0, MG_CFI_FRAME);
}

Test(cfi_tables, finds_its_function_among_many)
{
	struct {
		uint8_t head[8];
		uint32_t n;
		int32_t entries[100][2];
		uint8_t rest[64 + 100 * 20];
	} many = { .head = { 1, 0x1b, 0x03, 0x3b }, .n = 100 };
	struct mg_elf e = { .base = (uintptr_t)&many, .segments = &segment, .n = 1 };
	uint32_t at = (uint32_t)sizeof many - sizeof many.rest;

	MAKE("zR", 0);
	memcpy(many.rest, file + 20, 32); /* the common part */
	for (uint32_t i = 0; i < 100; i++) {
		uint32_t here = at + 64 + i * 20;
		uint32_t fde[5] = { 16, here + 4 - at, 0x10000 + i * 100 - here - 8, 100,
			0x00000e00 | (8 + i) << 16 };

		many.entries[i][0] = (int32_t)(0x10000 + i * 100);
		many.entries[i][1] = (int32_t)here;
		memcpy((char *)&many + here, fde, sizeof fde);
	}
	segment.p_filesz = sizeof many;
	for (uintptr_t pc = 0; pc < 100 * 100; pc += 33)
		cr_expect(
		    eq(int, mg_cfi_find(&e, &many, (uintptr_t)&many + 0x10000 + pc).cfa_offset,
			8 + (int)(pc / 100)));
}

Test(cfi_tables, survives_tables_that_are_cut_or_wrong)
{
	uint8_t whole[sizeof file];
	size_t n;

	MAKE("zR", 0x41, 0x0e, 16, 0x86, 2, 0x0f, 3, 0x76, 0x78, 0x06, 0x10, 6, 2, 0x76, 0);
	n = n_file;
	memcpy(whole, file, n);
	for (size_t cut = 0; cut < n; cut++) {
		segment.p_filesz = cut;
		expect_kind(1, MG_CFI_UNKNOWN);
	}
	segment.p_filesz = n;
	for (size_t i = 0; i < n; i++)
		for (unsigned v = 0; v < 256; v++) {
			file[i] = (uint8_t)v;
			find(1);
			find(50);
			file[i] = whole[i];
		}
	expect_frame(1, true, -8, MG_CFI_BP_AT_BP, 0);
}
