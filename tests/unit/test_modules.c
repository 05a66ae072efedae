/* SPDX-License-Identifier: MIT */
#include "shim/observe/modules.h"

#include "tests/unit/support.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char got[1 << 18];

static const char *
printed(void)
{
	struct mg_text t;

	mg_text_init(&t, got, sizeof got);
	mg_modules_print(&t);
	cr_expect(not(t.cut));
	cr_expect(t.len <= mg_modules_room());
	return got;
}

static const char *
printed_frame(uint64_t frame)
{
	struct mg_text t;

	mg_text_init(&t, got, sizeof got);
	mg_modules_print_frame(&t, frame);
	return got;
}

static uintptr_t
origin_of(const void *address)
{
	Dl_info info;

	cr_assert(dladdr(address, &info) != 0);
	return (uintptr_t)info.dli_fbase;
}

Test(modules, are_none_at_first)
{
	cr_expect(SAME(printed(), ""));
	cr_expect(zero(sz, mg_modules_room()));
	cr_expect(zero(u64, mg_modules_own_bytes()));
}

Test(modules, are_numbered_as_they_are_seen)
{
	uintptr_t here = (uintptr_t)printed,
		  there = (uintptr_t)dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
	uint64_t first = mg_modules_frame(here), second = mg_modules_frame(there);

	cr_expect(eq(u64, first, MG_MODULES_FRAME(1, here - origin_of((void *)here))));
	cr_expect(eq(u64, second, MG_MODULES_FRAME(2, there - origin_of((void *)there))));
	cr_expect(eq(u64, mg_modules_frame(here), first));
	cr_expect(eq(u64, mg_modules_frame(there + 1), second + 1));
	cr_expect(gt(u64, mg_modules_own_bytes(), 0));
}

Test(modules, leave_addresses_outside_of_all_as_they_are)
{
	uintptr_t page =
	    (uintptr_t)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_expect(eq(u64, mg_modules_frame(page), page));
	cr_expect(eq(u64, mg_modules_frame(0), 0));
	cr_expect(SAME(printed(), ""));
	cr_expect(SAME(printed_frame(0x7f0012345678), "0x7f0012345678"));
	cr_expect(SAME(printed_frame(MG_MODULES_FRAME(9, 16)), "0x9000000000010"));
}

Test(modules, have_names)
{
	char want[64];
	uint64_t program = mg_modules_frame((uintptr_t)printed);
	uint64_t libc = mg_modules_frame((uintptr_t)dlsym(RTLD_DEFAULT, "gnu_get_libc_version"));

	snprintf(want, sizeof want, "unit+0x%lx", MG_MODULES_OFFSET(program));
	cr_expect(SAME(printed_frame(program), want));
	snprintf(want, sizeof want, "libc.so.6+0x%lx", MG_MODULES_OFFSET(libc));
	cr_expect(SAME(printed_frame(libc), want));
}

/* As `readelf -n` prints it. */
static void
read_build_id(const char *path, char *out, size_t cap)
{
	char command[300];
	FILE *f;

	snprintf(command, sizeof command, "readelf -n %s | sed -n 's/.*Build ID: //p'", path);
	f = popen(command, "r");
	cr_assert(f != NULL && fgets(out, (int)cap, f) != NULL);
	out[strcspn(out, "\n")] = '\0';
	pclose(f);
}

Test(modules, print_ranges_build_ids_and_paths)
{
	void *libc_function = dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
	unsigned long start, end;
	char id[80], want_id[80], want[300];
	const char *line;
	Dl_info info;

	mg_modules_frame((uintptr_t)printed);
	mg_modules_frame((uintptr_t)libc_function);
	dladdr(libc_function, &info);
	read_build_id(info.dli_fname, want_id, sizeof want_id);
	cr_assert(eq(int, sscanf(printed(), "module 1 %lx %lx %79s\n", &start, &end, id), 3));
	cr_expect(eq(ulong, start, origin_of(printed)));
	cr_expect(start < (uintptr_t)printed && end > (uintptr_t)got);
	line = strchr(got, '\n') + 1;
	cr_assert(eq(int, sscanf(line, "module 2 %lx %lx", &start, &end), 2));
	snprintf(want, sizeof want, "module 2 %lx %lx %s %s\n", (unsigned long)info.dli_fbase, end,
	    want_id, info.dli_fname);
	cr_expect(SAME(line, want));
}

/* ---- Libraries that come and go: copies of a small one. */

static size_t
read_library(const char *name, char *buf, size_t cap)
{
	void *handle = dlopen(name, RTLD_NOW);
	struct link_map *map;
	ssize_t n;
	int fd;

	cr_assert(handle != NULL && dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0);
	fd = open(map->l_name, O_RDONLY);
	n = read(fd, buf, cap);
	close(fd);
	cr_assert(n > 0 && (size_t)n < cap);
	return (size_t)n;
}

/* Its build id becomes another one; none with id 0. */
static void
write_copy(const char *path, const char *buf, size_t n, uint32_t id)
{
	static char changed[1 << 20];
	char *note;
	int fd;

	memcpy(changed, buf, n);
	note = memmem(changed, n, "\x14\0\0\0\x03\0\0\0GNU", 12);
	cr_assert(note != NULL);
	if (id == 0)
		note[4] = 77;
	memcpy(note + 12, &id, sizeof id);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0700);
	cr_assert(eq(sz, (size_t)write(fd, changed, n), n));
	close(fd);
}

static uintptr_t
load(const char *path, void **handle)
{
	void *h = dlopen(path, RTLD_NOW);
	struct link_map *map;

	cr_assert(h != NULL && dlinfo(h, RTLD_DI_LINKMAP, &map) == 0);
	*handle = h;
	return map->l_addr;
}

static uint64_t
frame_of_copy(const char *path, uintptr_t *origin)
{
	uint64_t frame;
	void *handle;

	*origin = load(path, &handle);
	frame = mg_modules_frame(*origin + 64);
	cr_expect(eq(u64, MG_MODULES_OFFSET(frame), 64));
	dlclose(handle);
	return frame;
}

/* Files in a folder of their own, one.so and other.so. */
static char dir[] = "/tmp/memgov-modules-XXXXXX", one[64], other[64], library[1 << 20];
static size_t n_library;

static void
make_files(void)
{
	n_library = read_library("libdl.so.2", library, sizeof library);
	cr_assert(mkdtemp(dir) != NULL);
	snprintf(one, sizeof one, "%s/one.so", dir);
	snprintf(other, sizeof other, "%s/other.so", dir);
}

static void
remove_files(void)
{
	unlink(one);
	unlink(other);
	rmdir(dir);
}

static void
expect_told_apart(uint32_t id_of_one, uint32_t id_of_other)
{
	uintptr_t first, second, again;
	uint64_t a, b, c;

	write_copy(one, library, n_library, id_of_one);
	write_copy(other, library, n_library, id_of_other);
	a = frame_of_copy(one, &first);
	b = frame_of_copy(other, &second);
	c = frame_of_copy(one, &again);
	cr_assert(eq(ulong, first, second));
	cr_assert(eq(ulong, first, again));
	cr_expect(ne(u64, a, b));
	cr_expect(eq(u64, a, c));
}

Test(modules, are_told_by_their_build_ids, .init = make_files, .fini = remove_files)
{
	expect_told_apart(1, 2);
}

Test(modules, are_told_by_their_paths_without, .init = make_files, .fini = remove_files)
{
	expect_told_apart(0, 0);
}

Test(modules, are_told_when_one_has_a_build_id, .init = make_files, .fini = remove_files)
{
	expect_told_apart(1, 0);
}

Test(modules, are_so_many_and_no_more, .init = make_files, .fini = remove_files)
{
	struct mg_modules_code code;
	uintptr_t origin;

	for (uint32_t i = 1; i <= MG_MODULES; i++) {
		uint64_t frame;

		write_copy(one, library, n_library, i);
		frame = frame_of_copy(one, &origin);
		cr_assert(eq(uint, MG_MODULES_NUMBER(frame), i));
		unlink(one);
	}
	cr_expect(eq(ulong, mg_modules_frame((uintptr_t)printed), (uintptr_t)printed));
	cr_assert(mg_modules_find((uintptr_t)printed, &code));
	cr_expect(zero(uint, code.number));
	cr_expect(code.is_program);
	cr_expect(eq(uint, support_count(printed(), "module "), MG_MODULES));
}
