/* SPDX-License-Identifier: MIT */
#include "tools/common/debuginfo.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where files are thought to be mapped, when they do not say so themselves: aligned to any page
 * size. */
#define BASE (UINT64_C(1) << 40)
/* Symbols that begin before the nearest one and yet reach over it are rare. */
#define OVERLAPS 8

struct symbol {
	uint64_t start, size;
	const char *name;
	int rank; /* global symbols, then weak ones, then local ones, of the same place */
};

struct mg_debuginfo {
	Dwfl *dwfl;
	Dwfl_Module *module;
	uint64_t start;
	struct symbol *symbols; /* by start; read when first needed */
	size_t n_symbols;
	bool has_symbols;
};

static const Dwfl_Callbacks callbacks = {
	.find_debuginfo = dwfl_standard_find_debuginfo,
};

/* Devices and pipes, which a process may have named so, are not opened for reading. */
static int
open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd != -1 && (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
report(struct mg_debuginfo *d, const char *path)
{
	char *real = realpath(path, NULL); /* debug information is looked for beside it */
	int fd = open_file(path);

	if (fd != -1) {
		dwfl_report_begin(d->dwfl);
		d->module =
		    dwfl_report_elf(d->dwfl, "", real != NULL ? real : path, fd, BASE, false);
		dwfl_report_end(d->dwfl, NULL, NULL);
		if (d->module == NULL)
			close(fd);
	}
	free(real);
	if (d->module == NULL)
		return -ENOENT;
	dwfl_module_info(d->module, NULL, &d->start, NULL, NULL, NULL, NULL, NULL);
	return 0;
}

static int
check_build_id(struct mg_debuginfo *d, const char *want)
{
	const unsigned char *bits;
	GElf_Addr at;
	GElf_Addr bias;
	char hex[3];
	int n;

	if (dwfl_module_getelf(d->module, &bias) == NULL)
		return -ENOENT;
	n = dwfl_module_build_id(d->module, &bits, &at);
	if (n < 0 || strlen(want) != 2 * (size_t)n)
		return -ESTALE;
	for (int i = 0; i < n; i++) {
		snprintf(hex, sizeof hex, "%02x", bits[i]);
		if (strncasecmp(hex, want + 2 * i, 2) != 0)
			return -ESTALE;
	}
	return 0;
}

int
mg_debuginfo_open(const char *path, const char *build_id, struct mg_debuginfo **out)
{
	struct mg_debuginfo *d = calloc(1, sizeof *d);
	int err;

	if (d == NULL)
		return -ENOMEM;
	unsetenv("DEBUGINFOD_URLS"); /* or else libdw would ask there */
	d->dwfl = dwfl_begin(&callbacks);
	err = d->dwfl != NULL ? report(d, path) : -ENOMEM;
	if (err == 0)
		err = check_build_id(d, build_id);
	if (err != 0) {
		mg_debuginfo_close(d);
		return err;
	}
	*out = d;
	return 0;
}

void
mg_debuginfo_close(struct mg_debuginfo *d)
{
	if (d->dwfl != NULL)
		dwfl_end(d->dwfl);
	free(d->symbols);
	free(d);
}

static int
by_start(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank - y->rank;
	return strcmp(x->name, y->name);
}

static bool
read_symbol(struct mg_debuginfo *d, int i, struct symbol *out)
{
	GElf_Sym sym;
	GElf_Addr at;
	GElf_Word section;
	const char *name = dwfl_module_getsym_info(d->module, i, &sym, &at, &section, NULL, NULL);
	int type = GELF_ST_TYPE(sym.st_info), bind = GELF_ST_BIND(sym.st_info);

	if (name == NULL || name[0] == '\0' || section == SHN_UNDEF || sym.st_size == 0)
		return false;
	if (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE)
		return false;
	*out = (struct symbol){ at, sym.st_size, name,
		bind == STB_GLOBAL ? 0
		: bind == STB_WEAK ? 1
				   : 2 };
	return true;
}

/* libdw goes through all symbols at every question, which takes a millisecond in a large library.
 */
static void
read_symbols(struct mg_debuginfo *d)
{
	int n = dwfl_module_getsymtab(d->module);

	d->has_symbols = true;
	if (n <= 0)
		return;
	d->symbols = calloc((size_t)n, sizeof d->symbols[0]);
	if (d->symbols == NULL)
		return;
	for (int i = 1; i < n; i++)
		if (read_symbol(d, i, &d->symbols[d->n_symbols]))
			d->n_symbols++;
	qsort(d->symbols, d->n_symbols, sizeof d->symbols[0], by_start);
}

static const char *
find_symbol(struct mg_debuginfo *d, uint64_t at)
{
	size_t low = 0, high;
	const char *name = NULL;
	uint64_t start = 0;

	if (!d->has_symbols)
		read_symbols(d);
	high = d->n_symbols;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (d->symbols[middle].start <= at)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = low; i-- > 0 && low - i <= OVERLAPS;) {
		const struct symbol *s = &d->symbols[i];

		if (name != NULL && s->start != start)
			break;
		if (at - s->start >= s->size)
			continue;
		name = s->name; /* the first of its place is the best */
		start = s->start;
	}
	return name;
}

/* The compilation unit of an address. Compilers other than gcc write no table of addresses. */
static Dwarf_Die *
find_unit(struct mg_debuginfo *d, uint64_t at, Dwarf_Addr *bias)
{
	Dwarf_Die *unit = dwfl_module_addrdie(d->module, at, bias);

	if (unit != NULL)
		return unit;
	while ((unit = dwfl_module_nextcu(d->module, unit, bias)) != NULL)
		if (dwarf_haspc(unit, at - *bias) == 1)
			return unit;
	return NULL;
}

/* The name that tells C++ functions apart; in C such a name is an alias, "__GI___qsort_r". */
static const char *
name_of(Dwarf_Die *die)
{
	Dwarf_Attribute a;
	const char *name = NULL;

	if (dwarf_attr_integrate(die, DW_AT_linkage_name, &a) != NULL ||
	    dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &a) != NULL)
		name = dwarf_formstring(&a);
	return name != NULL && name[0] == '_' && strchr("ZR", name[1]) != NULL ? name
									       : dwarf_diename(die);
}

static uint64_t
number_of(Dwarf_Die *die, unsigned attribute)
{
	Dwarf_Attribute a;
	Dwarf_Word v;

	if (dwarf_attr(die, attribute, &a) == NULL || dwarf_formudata(&a, &v) != 0)
		return 0;
	return v;
}

/* Where an inlined function was called. */
static void
find_call(Dwarf_Die *unit, Dwarf_Die *inlined, struct mg_debuginfo_line *out)
{
	Dwarf_Files *files;
	size_t n, file = number_of(inlined, DW_AT_call_file);
	uint64_t line = number_of(inlined, DW_AT_call_line);

	*out = (struct mg_debuginfo_line){ .line = line <= INT_MAX ? (int)line : 0 };
	if (dwarf_getsrcfiles(unit, &files, &n) == 0 && file < n)
		out->file = dwarf_filesrc(files, file, NULL, NULL);
}

/* The scopes of an address, from the innermost to the unit, as they are in the code: those that
 * dwarf_getscopes() itself finds go on where an inlined function was written. */
static int
find_scopes(Dwarf_Die *unit, uint64_t at, Dwarf_Die **out)
{
	Dwarf_Die *scopes = NULL, inner;

	if (dwarf_getscopes(unit, at, &scopes) <= 0)
		return 0;
	inner = scopes[0];
	free(scopes);
	*out = NULL;
	return dwarf_getscopes_die(&inner, out);
}

static size_t
add_functions(struct mg_debuginfo *d, uint64_t pc, Dwarf_Die *unit, uint64_t bias,
    struct mg_debuginfo_line *out, size_t most)
{
	Dwarf_Die *scopes = NULL;
	struct mg_debuginfo_line here = out[0];
	int n = find_scopes(unit, pc - bias, &scopes);
	size_t lines = 0;

	for (int i = 0; i < n && lines < most; i++) {
		int tag = dwarf_tag(&scopes[i]);

		if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
			continue;
		here.function = name_of(&scopes[i]);
		if (here.function == NULL)
			here.function = find_symbol(d, pc);
		out[lines++] = here;
		if (tag == DW_TAG_subprogram)
			break;
		find_call(unit, &scopes[i], &here);
	}
	free(scopes);
	return lines;
}

size_t
mg_debuginfo_lines(
    struct mg_debuginfo *d, uint64_t offset, struct mg_debuginfo_line *out, size_t most)
{
	uint64_t at = d->start + offset;
	Dwarf_Addr bias = 0;
	Dwarf_Die *unit = find_unit(d, at, &bias);
	Dwarf_Line *line = unit != NULL ? dwarf_getsrc_die(unit, at - bias) : NULL;
	size_t n = 0;

	out[0] = (struct mg_debuginfo_line){ 0 };
	if (line != NULL) {
		out[0].file = dwarf_linesrc(line, NULL, NULL);
		if (dwarf_lineno(line, &out[0].line) != 0)
			out[0].line = 0;
	}
	if (unit != NULL)
		n = add_functions(d, at, unit, bias, out, most);
	if (n > 0)
		return n;
	out[0].function = find_symbol(d, at);
	return out[0].function != NULL || out[0].file != NULL ? 1 : 0;
}
