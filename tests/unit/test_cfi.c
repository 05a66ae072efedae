/* SPDX-License-Identifier: MIT */
/*
 * What memgov reads from the tables of real libraries, against libunwind, instruction by
 * instruction. libunwind steps through a process that is not there: its registers hold bases that
 * lie far apart, and so does what it loads, so that each address it comes to tells how it was made.
 */
#include "shim/observe/cfi.h"

#include "shim/base/sys.h"
#include "tests/unit/support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dlfcn.h>
#include <libunwind-x86_64.h>
#include <link.h>
#include <string.h>

#define NEAR ((uint64_t)1 << 30)
#define SP_BASE UINT64_C(0x710000000000)
#define BP_BASE UINT64_C(0x720000000000)
#define LOADED_BASE UINT64_C(0x730000000000)
#define OTHER_BASE UINT64_C(0x740000000000)
#define AS_FAR UINT64_C(0x10000000000)

/* Of libunwind, as debuggers declare it. */
extern int UNW_OBJ(dwarf_search_unwind_table)(
    unw_addr_space_t, unw_word_t, unw_dyn_info_t *, unw_proc_info_t *, int, void *);

struct object {
	struct mg_elf elf;
	struct dl_find_object found;
	uintptr_t table, entries, n_entries;
	uint64_t pc;
	uint64_t loaded_from; /* the first address that was read, of those made up; the CFA comes
				 first */
};

static bool
is_near(uint64_t address, uint64_t base)
{
	return address - base + NEAR < 2 * NEAR;
}

static int
find_tables(unw_addr_space_t as, unw_word_t pc, unw_proc_info_t *pi, int wants_all, void *arg)
{
	struct object *o = arg;
	unw_dyn_info_t di = { .format = UNW_INFO_FORMAT_REMOTE_TABLE };

	di.start_ip = (uintptr_t)o->found.dlfo_map_start;
	di.end_ip = (uintptr_t)o->found.dlfo_map_end;
	di.u.rti.segbase = o->table;
	di.u.rti.table_data = o->entries;
	di.u.rti.table_len = o->n_entries * 8 / sizeof(unw_word_t);
	return UNW_OBJ(dwarf_search_unwind_table)(as, pc, &di, pi, wants_all, arg);
}

static void
put_tables(unw_addr_space_t as, unw_proc_info_t *pi, void *arg)
{
	(void)as, (void)pi, (void)arg;
}

static int
no_list(unw_addr_space_t as, unw_word_t *list, void *arg)
{
	(void)as, (void)list, (void)arg;
	return -UNW_ENOINFO;
}

static int
read_memory(unw_addr_space_t as, unw_word_t address, unw_word_t *value, int writes, void *arg)
{
	struct object *o = arg;

	(void)as;
	if (writes)
		return -UNW_EINVAL;
	if (address >= (uintptr_t)o->found.dlfo_map_start &&
	    address < (uintptr_t)o->found.dlfo_map_end) {
		if (mg_elf_around(&o->elf, address).end == 0)
			return -UNW_EINVAL;
		memcpy(value, (const void *)address, sizeof *value);
		return 0;
	}
	if (!is_near(address, SP_BASE) && !is_near(address, BP_BASE) &&
	    !is_near(address, LOADED_BASE))
		return -UNW_EINVAL;
	if (o->loaded_from == 0)
		o->loaded_from = address;
	*value = LOADED_BASE;
	return 0;
}

static int
read_register(unw_addr_space_t as, unw_regnum_t reg, unw_word_t *value, int writes, void *arg)
{
	const struct object *o = arg;

	(void)as;
	if (writes)
		return -UNW_EINVAL;
	*value = reg == UNW_X86_64_RIP   ? o->pc
		 : reg == UNW_X86_64_RSP ? SP_BASE
		 : reg == UNW_X86_64_RBP ? BP_BASE
					 : OTHER_BASE + (uint64_t)reg * AS_FAR;
	return 0;
}

static int
no_float(unw_addr_space_t as, unw_regnum_t reg, unw_fpreg_t *value, int writes, void *arg)
{
	(void)as, (void)reg, (void)value, (void)writes, (void)arg;
	return -UNW_EINVAL;
}

static unw_accessors_t accessors = { .find_proc_info = find_tables,
	.put_unwind_info = put_tables,
	.get_dyn_info_list_addr = no_list,
	.access_mem = read_memory,
	.access_reg = read_register,
	.access_fpreg = no_float };

/* Where the caller's RBP is, once the CFA is known. */
static void
read_bp(unw_cursor_t *cursor, uint64_t cfa, struct mg_cfi_rule *rule)
{
	unw_save_loc_t at;

	if (unw_get_save_loc(cursor, UNW_X86_64_RBP, &at) != 0 || at.type == UNW_SLT_NONE) {
		rule->bp = MG_CFI_BP_LOST;
	} else if (at.type == UNW_SLT_REG) {
		rule->bp = at.u.regnum == UNW_X86_64_RBP ? MG_CFI_BP_SAME : MG_CFI_BP_LOST;
	} else if (is_near(at.u.addr, cfa)) {
		rule->bp = MG_CFI_BP_AT_CFA;
		rule->bp_offset = (int16_t)(at.u.addr - cfa);
	} else {
		rule->bp = MG_CFI_BP_AT_BP;
		rule->bp_offset = (int16_t)(at.u.addr - BP_BASE);
	}
}

/* False where libunwind itself goes by guesses, or by registers that memgov does not follow. */
static bool
ask_libunwind(struct object *o, unw_addr_space_t as, uint64_t pc, struct mg_cfi_rule *rule)
{
	unw_cursor_t cursor;
	unw_proc_info_t pi;
	unw_word_t cfa, base;
	int left;

	*rule = (struct mg_cfi_rule){ .kind = MG_CFI_UNKNOWN };
	o->pc = pc;
	if (unw_init_remote(&cursor, as, o) != 0 || unw_get_proc_info(&cursor, &pi) != 0)
		return false;
	/* Between functions it makes something up. */
	if (pi.end_ip == pc + 1 && pi.start_ip == pc)
		return false;
	if (unw_is_signal_frame(&cursor) > 0) {
		rule->kind = MG_CFI_SIGNAL;
		return true;
	}
	o->loaded_from = 0;
	left = unw_step(&cursor);
	if (left < 0)
		return false;
	rule->kind = left == 0 ? MG_CFI_END : MG_CFI_FRAME;
	if (left == 0)
		return true;
	if (unw_get_reg(&cursor, UNW_X86_64_RSP, &cfa) != 0)
		return false;
	rule->cfa_is_loaded = cfa == LOADED_BASE;
	base = rule->cfa_is_loaded ? o->loaded_from : cfa;
	rule->cfa_from_bp = is_near(base, BP_BASE);
	rule->cfa_offset = (int32_t)(base - (rule->cfa_from_bp ? BP_BASE : SP_BASE));
	read_bp(&cursor, cfa, rule);
	return is_near(base, SP_BASE) || is_near(base, BP_BASE);
}

static bool
open_object(const char *library, const char *symbol, struct object *o)
{
	void *lib = dlopen(library, RTLD_LAZY);
	void *at = lib != NULL ? dlsym(lib, symbol) : NULL;
	const uint32_t *table;

	if (at == NULL || _dl_find_object(at, &o->found) != 0 ||
	    !mg_elf_open(&o->elf, (uintptr_t)o->found.dlfo_map_start))
		return false;
	/* Version 1, counts of 4 bytes, a sorted table of offsets: as all linkers write it. */
	o->table = (uintptr_t)o->found.dlfo_eh_frame;
	table = (const uint32_t *)o->table;
	cr_assert(eq(u32, table[0], 0x3b031b01));
	o->n_entries = table[2];
	o->entries = o->table + 12;
	return true;
}

static uint64_t
start_of(const struct object *o, size_t entry)
{
	return o->table + (uint64_t)(int64_t)((const int32_t *)o->entries)[2 * entry];
}

static bool
is_same(struct mg_cfi_rule a, struct mg_cfi_rule b)
{
	if (a.kind != MG_CFI_FRAME || b.kind != MG_CFI_FRAME)
		return a.kind == b.kind;
	return memcmp(&a, &b, sizeof a) == 0;
}

struct score {
	size_t same, other, unknown;
};

static void
compare(struct object *o, unw_addr_space_t as, uint64_t pc, struct score *s)
{
	struct mg_cfi_rule want, got = mg_cfi_find(&o->elf, (const void *)o->table, pc);

	if (!ask_libunwind(o, as, pc, &want))
		return;
	if (is_same(want, got)) {
		s->same++;
	} else if (got.kind == MG_CFI_UNKNOWN) {
		s->unknown++;
	} else if (s->other++ < 10) {
		cr_log_error(
		    "%#lx of %s: kind %d and %d, CFA %d %d %d and %d %d %d, RBP %d %d and %d %d",
		    (unsigned long)(pc - (uintptr_t)o->found.dlfo_map_start),
		    o->found.dlfo_link_map->l_name, want.kind, got.kind, want.cfa_from_bp,
		    want.cfa_is_loaded, want.cfa_offset, got.cfa_from_bp, got.cfa_is_loaded,
		    got.cfa_offset, want.bp, want.bp_offset, got.bp, got.bp_offset);
	}
}

/* Denser where a function begins: there its frame changes. */
static struct score
compare_all(struct object *o)
{
	unw_addr_space_t as = unw_create_addr_space(&accessors, 0);
	struct score s = { 0 };

	for (size_t i = 0; i + 1 < o->n_entries; i++) {
		uint64_t start = start_of(o, i), end = start_of(o, i + 1);

		for (uint64_t offset = 0; start + offset < end; offset += 1 + offset / 16)
			compare(o, as, start + offset, &s);
	}
	unw_destroy_addr_space(as);
	return s;
}

static void
expect_agreement(const char *library, const char *symbol)
{
	struct object o = { 0 };
	struct score s;

	if (!open_object(library, symbol, &o))
		cr_skip_test("there is no %s", library);
	s = compare_all(&o);
	cr_log_info("%s: %zu same, %zu other, %zu unknown", library, s.same, s.other, s.unknown);
	cr_expect(gt(sz, s.same, 100000));
	cr_expect(zero(sz, s.other));
	/* Entries of the procedure linkage table, which call nobody. */
	cr_expect(lt(sz, s.unknown, s.same / 100));
}

Test(cfi, agrees_with_libunwind_on_libc)
{
	expect_agreement("libc.so.6", "malloc");
}

Test(cfi, agrees_with_libunwind_on_cxx)
{
	expect_agreement("libstdc++.so.6", "__cxa_throw");
}

Test(cfi, agrees_with_libunwind_on_what_is_written_by_hand)
{
	expect_agreement("libcrypto.so.3", "AES_encrypt");
}
