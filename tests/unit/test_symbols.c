/* SPDX-License-Identifier: MIT */
#include "tools/common/symbols.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/support.h"

/* Functions of this very program are looked up; its build id and start are those of its first
 * object. */
__attribute__((noinline)) static uintptr_t
capture(void)
{
	return (uintptr_t)__builtin_extract_return_addr(__builtin_return_address(0));
}

static int inlined_line;

__attribute__((always_inline)) static inline uintptr_t
inlined(void)
{
	uintptr_t pc = capture();

	inlined_line = __LINE__ - 2;
	return pc;
}

static int caller_line;

__attribute__((noinline)) static uintptr_t
caller(void)
{
	uintptr_t pc = inlined();

	caller_line = __LINE__ - 2;
	return pc;
}

static volatile bool is_called;

__attribute__((noinline)) static uintptr_t
encloser(void)
{
	__attribute__((noinline)) uintptr_t enclosed(void)
	{
		uintptr_t pc = capture();

		is_called = true; /* so that the call above is not the last thing */
		return pc;
	}

	return enclosed();
}

struct object {
	const char *name;
	uint64_t start;
	char build_id[65];
};

static void
read_note(const struct dl_phdr_info *info, const ElfW(Phdr) * ph, struct object *o)
{
	const char *at = (const char *)(info->dlpi_addr + ph->p_vaddr), *end = at + ph->p_memsz;

	while (at < end) {
		const ElfW(Nhdr) *n = (const void *)at;
		const unsigned char *bits =
		    (const unsigned char *)at + sizeof *n + ((n->n_namesz + 3) & ~3u);

		if (n->n_type == NT_GNU_BUILD_ID && n->n_descsz <= 32)
			for (unsigned i = 0; i < n->n_descsz; i++)
				sprintf(o->build_id + 2 * i, "%02x", bits[i]);
		at = (const char *)bits + ((n->n_descsz + 3) & ~3u);
	}
}

static int
look(struct dl_phdr_info *info, size_t size, void *data)
{
	struct object *o = data;
	bool has_start = false;

	(void)size;
	if (o->name == NULL ? info->dlpi_name[0] != '\0' : strstr(info->dlpi_name, o->name) == NULL)
		return 0;
	o->name = info->dlpi_name;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];

		if (ph->p_type == PT_LOAD && !has_start) {
			o->start = info->dlpi_addr + ph->p_vaddr;
			has_start = true;
		}
		if (ph->p_type == PT_NOTE)
			read_note(info, ph, o);
	}
	return 1;
}

/* NULL: the program. */
static struct object
find_object(const char *name)
{
	struct object o = { .name = name };

	cr_assert(eq(int, dl_iterate_phdr(look, &o), 1));
	cr_assert(ne(int, o.build_id[0], 0), "linked with a build id");
	return o;
}

static struct mg_profile
profile_of(struct mg_profile_module *m, const struct object *o, const char *path)
{
	*m = (struct mg_profile_module){
		.number = 1, .start = o->start, .end = o->start + 1, .path = (char *)(uintptr_t)path
	};
	strcpy(m->build_id, o->build_id);
	return (struct mg_profile){ .n_modules = 1, .modules = m };
}

Test(symbols, names_functions_also_inlined_ones_with_file_and_line)
{
	struct object o = find_object(NULL);
	struct mg_profile_module m;
	struct mg_profile p = profile_of(&m, &o, "");
	struct mg_symbols *s = mg_symbols_open(getpid());
	struct mg_profile_frame f = { 1, caller() - o.start };
	struct mg_symbols_line l[8];
	size_t n = mg_symbols_resolve(s, &p, &f, l, 8);

	cr_assert(eq(sz, n, 2));
	cr_expect(SAME(l[0].function, "inlined"));
	cr_expect(SAME(l[0].file, "test_symbols.c"));
	cr_expect(eq(int, l[0].line, inlined_line));
	cr_expect(SAME(l[0].module, "unit"));
	cr_expect(SAME(l[1].function, "caller"));
	cr_expect(eq(int, l[1].line, caller_line));
	cr_expect(l[0].is_named && l[1].is_named && !l[0].is_replaced);
	cr_expect(eq(sz, mg_symbols_resolve(s, &p, &f, l + 4, 1), 1), "no more than asked for");
	cr_expect(
	    eq(ptr, (void *)(uintptr_t)l[4].function, (void *)(uintptr_t)l[0].function), "kept");
	mg_symbols_close(s);
}

Test(symbols, are_not_looked_up_when_the_time_is_over)
{
	struct object o = find_object(NULL);
	struct mg_profile_module m;
	struct mg_profile p = profile_of(&m, &o, "");
	struct mg_symbols *s = mg_symbols_open(getpid());
	struct mg_profile_frame f = { 1, caller() - o.start };
	struct mg_symbols_line l[8];
	char want[64];

	mg_symbols_pace(s, 0);
	snprintf(want, sizeof want, "unit+0x%lx", f.offset);
	cr_expect(eq(sz, mg_symbols_resolve(s, &p, &f, l, 8), 1));
	cr_expect(SAME(l[0].function, want));
	cr_expect(not(l[0].is_named));
	cr_expect(eq(sz, mg_symbols_left(s), 1));
	mg_symbols_pace(s, UINT64_MAX);
	cr_expect(eq(sz, mg_symbols_resolve(s, &p, &f, l, 8), 2));
	cr_expect(SAME(l[1].function, "caller"));
	mg_symbols_pace(s, 0);
	cr_expect(eq(sz, mg_symbols_resolve(s, &p, &f, l, 8), 2), "what is known is said");
	cr_expect(zero(sz, mg_symbols_left(s)));
	mg_symbols_close(s);
}

/* The function around it did not call it. */
Test(symbols, of_a_function_in_another_are_one)
{
	struct object o = find_object(NULL);
	struct mg_profile_module m;
	struct mg_profile p = profile_of(&m, &o, "");
	struct mg_symbols *s = mg_symbols_open(getpid());
	struct mg_profile_frame f = { 1, encloser() - o.start };
	struct mg_symbols_line l[8];

	cr_expect(eq(sz, mg_symbols_resolve(s, &p, &f, l, 8), 1));
	/* gcc numbers nested functions. */
	cr_expect(zero(int, strncmp(l[0].function, "enclosed", 8)), "%s", l[0].function);
	mg_symbols_close(s);
}

/* Debian's C library has symbols; with libc6-dbg also the names of the source. */
Test(symbols, names_what_a_symbol_covers_and_nothing_else)
{
	struct object o = find_object("libc.so.6");
	struct mg_profile_module m;
	struct mg_profile p = profile_of(&m, &o, o.name);
	struct mg_symbols *s = mg_symbols_open(getpid());
	/* A sanitizer has one of its own. */
	void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
	struct mg_profile_frame f = { 1, (uintptr_t)dlsym(libc, "qsort_r") + 1 - o.start };
	struct mg_symbols_line l;
	char want[64];

	mg_symbols_resolve(s, &p, &f, &l, 1);
	cr_expect(eq(uint, support_count(l.function, "qsort_r"), 1), "%s", l.function);
	cr_expect(SAME(l.module, "libc.so.6"));
	cr_expect(l.is_named);
	f.offset = 0x10; /* the ELF header */
	mg_symbols_resolve(s, &p, &f, &l, 1);
	snprintf(want, sizeof want, "libc.so.6+0x10");
	cr_expect(SAME(l.function, want));
	cr_expect(not(l.is_named));
	cr_expect(not(l.is_replaced));
	f.offset = (uintptr_t)dlsym(libc, "environ") + 1 - o.start; /* behind all code */
	mg_symbols_resolve(s, &p, &f, &l, 1);
	cr_expect(not(l.is_named), "%s", l.function);
	mg_symbols_close(s);
}

/* A call that never returns may be the last of its function: its return address is the next's. */
Test(symbols, names_the_call_and_not_what_follows_it)
{
	struct object o = find_object(NULL);
	struct mg_profile_module m;
	struct mg_profile p = profile_of(&m, &o, "");
	struct mg_symbols *s = mg_symbols_open(getpid());
	struct mg_profile_frame f = { 1, (uintptr_t)capture - o.start };
	struct mg_symbols_line l;

	mg_symbols_resolve(s, &p, &f, &l, 1);
	cr_expect(ne(str, (char *)(uintptr_t)l.function, "capture"));
	f.offset++;
	mg_symbols_resolve(s, &p, &f, &l, 1);
	cr_expect(SAME(l.function, "capture"));
	mg_symbols_close(s);
}

Test(symbols, trusts_no_file_with_another_build_id)
{
	struct object o = find_object(NULL);
	struct mg_profile_module m;
	struct mg_profile p = profile_of(&m, &o, "");
	struct mg_symbols *s = mg_symbols_open(getpid());
	struct mg_profile_frame f = { 1, caller() - o.start };
	struct mg_symbols_line l;
	char want[64];

	m.build_id[0] = m.build_id[0] == '0' ? '1' : '0';
	mg_symbols_resolve(s, &p, &f, &l, 1);
	snprintf(want, sizeof want, "unit+0x%lx", f.offset);
	cr_expect(SAME(l.function, want));
	cr_expect(l.is_replaced);
	cr_expect(not(l.is_named));
	strcpy(m.build_id, o.build_id);
	strcat(m.build_id, "00");
	mg_symbols_resolve(s, &p, &f, &l, 1);
	cr_expect(l.is_replaced, "one that begins like it");
	m.build_id[0] = '\0';
	mg_symbols_resolve(s, &p, &f, &l, 1);
	cr_expect(l.is_replaced, "one without a build id is another one, too");
	mg_symbols_close(s);
}

Test(symbols, of_a_file_that_is_gone_or_none_are_offsets)
{
	static const char *const rows[] = { "/nowhere/libgone.so", "/dev/zero", "/etc/passwd",
		"[vdso]" };
	struct object o = { .start = 4096, .build_id = "00" };

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_profile_module m;
		struct mg_profile p = profile_of(&m, &o, rows[i]);
		struct mg_symbols *s = mg_symbols_open(getpid());
		struct mg_profile_frame f = { 1, 0x123 };
		struct mg_symbols_line l;

		cr_expect(eq(sz, mg_symbols_resolve(s, &p, &f, &l, 1), 1));
		cr_expect(not(l.is_named), "%s", rows[i]);
		cr_expect(l.is_replaced, "%s", rows[i]);
		mg_symbols_close(s);
	}
}

Test(symbols, outside_of_all_modules_are_addresses)
{
	struct mg_profile p = { 0 };
	struct mg_symbols *s = mg_symbols_open(getpid());
	struct mg_profile_frame f = { 0, 0x7f1234 }, unknown = { 9, 0x10 };
	struct mg_symbols_line l;

	mg_symbols_resolve(s, &p, &f, &l, 1);
	cr_expect(SAME(l.function, "0x7f1234"));
	cr_expect(SAME(l.module, ""));
	cr_expect(not(l.is_named));
	mg_symbols_resolve(s, &p, &unknown, &l, 1);
	cr_expect(SAME(l.function, "0x10"));
	mg_symbols_close(s);
}

static void
write_map(const char *path, const char *lines)
{
	FILE *out;

	unlink(path);
	out = fopen(path, "wx");
	cr_assert(ne(ptr, out, NULL));
	fputs(lines, out);
	fclose(out);
}

static const char *
map_path(void)
{
	static char path[64];

	snprintf(path, sizeof path, "/tmp/perf-%d.map", getpid());
	return path;
}

Test(symbols, names_generated_code_by_the_map_of_the_process)
{
	struct mg_profile p = { 0 };
	struct mg_symbols *s = mg_symbols_open(getpid());
	struct mg_profile_frame f = { 0, 0x7f1010 };
	struct mg_symbols_line l;

	write_map(map_path(), "7f1000 10 JS:*load /srv/app.js:10:3\n7f1010 10 next\n");
	mg_symbols_resolve(s, &p, &f, &l, 1);
	cr_expect(SAME(l.function, "load"), "the call is before the return address");
	cr_expect(SAME(l.file, "app.js"));
	cr_expect(eq(int, l.line, 10));
	cr_expect(l.is_named);
	/* Looked at again once a second. */
	write_map(map_path(), "7f1000 10 py::moved:/srv/app.py\n");
	for (int i = 0; i < 2000 && strcmp(l.function, "moved") != 0; i++) {
		usleep(10000);
		mg_symbols_resolve(s, &p, &f, &l, 1);
	}
	unlink(map_path());
	cr_expect(SAME(l.function, "moved"));
	mg_symbols_close(s);
}

Test(symbols, believes_no_map_of_another_user)
{
	struct mg_profile p = { 0 };
	struct mg_symbols *s = mg_symbols_open(getpid());
	struct mg_profile_frame f = { 0, 0x7f1010 };
	struct mg_symbols_line l;

	write_map(map_path(), "7f1000 10 wrong\n");
	if (chown(map_path(), 65534, 65534) == 0) { /* only root can try */
		mg_symbols_resolve(s, &p, &f, &l, 1);
		cr_expect(not(l.is_named));
	}
	unlink(map_path());
	mg_symbols_close(s);
}

Test(symbols, keeps_one_of_equal_strings)
{
	struct mg_symbols *s = mg_symbols_open(getpid());
	char text[16] = "s0";
	const char *first = mg_symbols_string(s, text);

	for (unsigned i = 1; i < 1000; i++) {
		snprintf(text, sizeof text, "s%u", i);
		cr_expect(SAME(mg_symbols_string(s, text), text));
	}
	cr_expect(SAME(mg_symbols_string(s, "a\033[2J\x7f\n"), "a?[2J??"), "for terminals");
	cr_expect(eq(ptr, (void *)(uintptr_t)mg_symbols_string(s, "s0"), (void *)(uintptr_t)first));
	mg_symbols_close(s);
}
