/* SPDX-License-Identifier: MIT */
#include "shim/observe/modules.h"

#include "shim/base/page.h"
#include "shim/base/sys.h"
#include "shim/observe/elf.h"
#include "shim/observe/proc.h"

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>

#define HINTS 256u
#define LINE_BYTES \
	(sizeof "module 1024 7fffffffffff 7fffffffffff  \n" + 2 * (size_t)MG_ELF_ID_BYTES)
#define PATH_BYTES 424

/* As the loader tells. */
struct object {
	uintptr_t start, end;
	const struct link_map *map;
};

/* Never changes once it is published. */
struct module {
	uintptr_t start, end;
	const void *dynamic;  /* its section of this name; layouts that differ differ here */
	const uint8_t *id_at; /* where its build id lies, as long as it is mapped */
	size_t id_bytes;
	uint8_t id[MG_ELF_ID_BYTES];
	char path[PATH_BYTES];
};

static MG_SYS_APART struct module modules[MG_MODULES];

static MG_SYS_TOGETHER struct {
	struct mg_lock lock;           /* of whoever adds one */
	_Atomic unsigned n;            /* published; numbers are one more than the index */
	_Atomic uint16_t hints[HINTS]; /* by address: the number that was found there last */
	_Atomic uintptr_t program_start, program_end;
	char program[32]; /* its name */
} state;

/* Of a path that is too long, the end tells more. */
static const char *
path_of(const struct object *o)
{
	const char *path = o->map->l_name;
	size_t len;

	if (path == NULL)
		return "";
	len = strlen(path);
	return len < PATH_BYTES ? path : path + len - (PATH_BYTES - 1);
}

/* The loader knows a program that the kernel has mapped in parts by its parts. */
static void
find_program(struct object *o)
{
	const Elf64_Phdr *s = (const Elf64_Phdr *)getauxval(AT_PHDR);
	uintptr_t start = UINTPTR_MAX, end = 0;

	for (unsigned long n = getauxval(AT_PHNUM); s != NULL && n > 0; s++, n--)
		if (s->p_type == PT_LOAD) {
			start = s->p_vaddr < start ? s->p_vaddr : start;
			end = s->p_vaddr + s->p_memsz > end ? s->p_vaddr + s->p_memsz : end;
		}
	if (end == 0)
		return;
	o->start = o->map->l_addr + (start & ~(MG_PAGE_BYTES - 1));
	o->end = o->map->l_addr + end;
	atomic_store_explicit(&state.program_end, o->end, memory_order_relaxed);
	atomic_store_explicit(&state.program_start, o->start, memory_order_release);
}

static bool
is_program(const struct object *o)
{
	return o->map->l_name == NULL || *o->map->l_name == '\0';
}

static struct object
object_of(const struct dl_find_object *found)
{
	struct object o = { (uintptr_t)found->dlfo_map_start, (uintptr_t)found->dlfo_map_end,
		found->dlfo_link_map };
	uintptr_t start = atomic_load_explicit(&state.program_start, memory_order_acquire);

	if (!is_program(&o))
		return o;
	if (start == 0) {
		find_program(&o);
	} else {
		o.start = start;
		o.end = atomic_load_explicit(&state.program_end, memory_order_relaxed);
	}
	return o;
}

/*
 * With a build id the same file in the same place is the same module, however often it was loaded.
 * What is compared in the object's memory lies there: its dynamic section is where it was.
 */
static bool
is_it(const struct module *m, const struct object *o)
{
	if (m->start != o->start || m->end != o->end || m->dynamic != o->map->l_ld)
		return false;
	return m->id_bytes > 0 ? memcmp(m->id, m->id_at, m->id_bytes) == 0
			       : strcmp(m->path, path_of(o)) == 0;
}

/* The latest of them first. */
static unsigned
search(const struct object *o)
{
	unsigned number = atomic_load_explicit(&state.n, memory_order_acquire);

	while (number > 0 && !is_it(&modules[number - 1], o))
		number--;
	return number;
}

static _Atomic uint16_t *
hint_of(const struct object *o)
{
	uint64_t page = o->start >> 12;

	return &state.hints[page * UINT64_C(0x9e3779b97f4a7c15) >> 56];
}
_Static_assert(HINTS == 1u << 8, "as many as 8 bits count");

static void
describe(struct module *m, const struct object *o)
{
	struct mg_elf e;

	m->start = o->start;
	m->end = o->end;
	m->dynamic = o->map->l_ld;
	m->id_bytes = 0;
	if (mg_elf_open(&e, m->start))
		m->id_at = mg_elf_build_id(&e, &m->id_bytes);
	if (m->id_bytes > 0)
		memcpy(m->id, m->id_at, m->id_bytes);
	strcpy(m->path, path_of(o));
	if (m->path[0] == '\0' && state.program[0] == '\0')
		mg_proc_program(state.program, sizeof state.program);
}

/* 0 when there is no room, or when this thread was interrupted while it did the same. */
static unsigned
add(const struct object *o)
{
	unsigned number;

	if (atomic_load_explicit(&state.n, memory_order_relaxed) == MG_MODULES ||
	    !mg_sys_lock_soon(&state.lock))
		return 0;
	number = search(o);
	if (number == 0 && state.n < MG_MODULES) {
		number = state.n + 1;
		describe(&modules[number - 1], o);
		atomic_store_explicit(&state.n, number, memory_order_release);
	}
	mg_sys_unlock(&state.lock);
	return number;
}

static unsigned
number_of(const struct object *o)
{
	_Atomic uint16_t *hint = hint_of(o);
	unsigned number = atomic_load_explicit(hint, memory_order_acquire);

	if (number != 0 && is_it(&modules[number - 1], o))
		return number;
	number = search(o);
	if (number == 0)
		number = add(o);
	atomic_store_explicit(hint, (uint16_t)number, memory_order_release);
	return number;
}

bool
mg_modules_find(uintptr_t pc, struct mg_modules_code *out)
{
	struct dl_find_object found;
	struct object o;

	if (_dl_find_object((void *)pc, &found) != 0 || found.dlfo_link_map == NULL)
		return false;
	o = object_of(&found);
	out->start = (uintptr_t)found.dlfo_map_start;
	out->end = (uintptr_t)found.dlfo_map_end;
	out->origin = o.start;
	out->tables = found.dlfo_eh_frame;
	out->number = number_of(&o);
	out->is_program = is_program(&o);
	return true;
}

uint64_t
mg_modules_frame(uintptr_t pc)
{
	struct mg_modules_code code;

	if (!mg_modules_find(pc, &code) || code.number == 0)
		return pc;
	return MG_MODULES_FRAME(code.number, pc - code.origin);
}

void
mg_modules_print_frame(struct mg_text *t, uint64_t frame)
{
	unsigned number = MG_MODULES_NUMBER(frame);
	const char *path, *slash;

	if (number == 0 || number > atomic_load_explicit(&state.n, memory_order_acquire)) {
		mg_text_add(t, "0x%lx", frame);
		return;
	}
	path = modules[number - 1].path[0] != '\0' ? modules[number - 1].path : state.program;
	slash = strrchr(path, '/');
	mg_text_add(t, "%s+0x%lx", slash != NULL ? slash + 1 : path, MG_MODULES_OFFSET(frame));
}

static void
print_id(struct mg_text *t, const struct module *m)
{
	if (m->id_bytes == 0)
		mg_text_add(t, "-");
	for (size_t i = 0; i < m->id_bytes; i++)
		mg_text_add(
		    t, "%lx%lx", (unsigned long)m->id[i] >> 4, (unsigned long)m->id[i] & 15);
}

void
mg_modules_print(struct mg_text *t)
{
	unsigned n = atomic_load_explicit(&state.n, memory_order_acquire);

	for (unsigned i = 0; i < n; i++) {
		const struct module *m = &modules[i];

		mg_text_add(t, "module %u %lx %lx ", i + 1, m->start, m->end);
		print_id(t, m);
		mg_text_add(t, " %s\n", m->path);
	}
}

size_t
mg_modules_room(void)
{
	unsigned n = atomic_load_explicit(&state.n, memory_order_acquire);
	size_t bytes = 0;

	for (unsigned i = 0; i < n; i++)
		bytes += LINE_BYTES + strlen(modules[i].path);
	return bytes;
}

uint64_t
mg_modules_own_bytes(void)
{
	return atomic_load_explicit(&state.n, memory_order_relaxed) * sizeof(struct module);
}

void
mg_modules_after_fork_child(void)
{
	mg_sys_reset_lock(&state.lock);
}
