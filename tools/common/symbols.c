/* SPDX-License-Identifier: MIT */
#include "tools/common/symbols.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/sys.h"
#include "tools/common/debuginfo.h"
#include "tools/common/generated.h"
#include "tools/common/names.h"
#include "tools/common/strings.h"

/* Functions inlined into one another at one place; deeper ones are left out. */
#define INLINED 16

struct file {
	const char *path, *build_id, *name;
	struct mg_debuginfo *info; /* NULL: not found, or not opened yet */
	bool is_opened, is_replaced;
};

/* The answer for a frame. */
struct answer {
	size_t file; /* its number; 0: generated code */
	uint64_t offset;
	unsigned version; /* of the generated code */
	unsigned n;       /* lines; 0: an empty slot */
	struct mg_symbols_line *lines;
};

struct mg_symbols {
	int pid;
	uint64_t until_ns;
	size_t n_left;
	struct mg_strings strings;
	size_t n_files; /* the first stands for generated code */
	struct file *files;
	size_t n_answers, answers_cap;
	struct answer *answers;
	struct mg_generated generated;
};

struct mg_symbols *
mg_symbols_open(int pid)
{
	struct mg_symbols *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->files = calloc(1, sizeof s->files[0]);
	if (s->files == NULL) {
		free(s);
		return NULL;
	}
	s->n_files = 1;
	s->files[0].name = "";
	s->pid = pid;
	s->until_ns = UINT64_MAX;
	return s;
}

void
mg_symbols_pace(struct mg_symbols *s, uint64_t until_ns)
{
	s->until_ns = until_ns;
	s->n_left = 0;
}

size_t
mg_symbols_left(const struct mg_symbols *s)
{
	return s->n_left;
}

void
mg_symbols_close(struct mg_symbols *s)
{
	for (size_t i = 0; i < s->answers_cap; i++)
		free(s->answers[i].lines);
	for (size_t i = 0; i < s->n_files; i++)
		if (s->files[i].info != NULL)
			mg_debuginfo_close(s->files[i].info);
	free(s->answers);
	free(s->files);
	mg_generated_close(&s->generated);
	mg_strings_free(&s->strings);
	free(s);
}

const char *
mg_symbols_string(struct mg_symbols *s, const char *text)
{
	char clean[MG_SYMBOLS_STRING];
	size_t n = 0;

	for (; text[n] != '\0' && n < sizeof clean - 1; n++)
		clean[n] = (unsigned char)text[n] < ' ' || text[n] == 0x7f ? '?' : text[n];
	clean[n] = '\0';
	return mg_strings_add(&s->strings, clean);
}

static const char *
without_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* The file that is mapped where the module begins: the kernel holds it, whatever became of its
 * name. Only root may open it. */
static void
print_mapped(const struct mg_symbols *s, const struct mg_profile_module *m, char *buf, size_t n)
{
	char path[64], *line = NULL;
	size_t cap = 0;
	FILE *f;

	buf[0] = '\0';
	snprintf(path, sizeof path, "/proc/%d/maps", s->pid);
	f = fopen(path, "re");
	if (f == NULL)
		return;
	while (getline(&line, &cap, f) != -1) {
		unsigned long start, end;

		if (sscanf(line, "%lx-%lx", &start, &end) == 2 && start == m->start)
			snprintf(buf, n, "/proc/%d/map_files/%lx-%lx", s->pid, start, end);
	}
	free(line);
	fclose(f);
}

/* Where it may be: by its name, by its name in the process's container, by its mapping. */
static void
open_file(struct mg_symbols *s, const struct mg_profile_module *m, struct file *f)
{
	char paths[3][PATH_MAX];
	bool is_program = m->path[0] == '\0';

	f->is_opened = true;
	if (is_program)
		snprintf(paths[0], PATH_MAX, "/proc/%d/exe", s->pid);
	else
		snprintf(paths[0], PATH_MAX, "%s", m->path);
	snprintf(paths[1], PATH_MAX, "/proc/%d/root%s", s->pid, m->path);
	for (size_t i = 0; i < 3; i++) {
		if (i == 2)
			print_mapped(s, m, paths[2], PATH_MAX);
		if (mg_debuginfo_open(paths[i], m->build_id, &f->info) == 0)
			return;
	}
	f->is_replaced = true;
}

/* "/usr/bin/app (deleted)" is still app. */
static const char *
program_name(struct mg_symbols *s)
{
	static const char deleted[] = " (deleted)";
	char path[64], target[PATH_MAX];
	size_t n = sizeof deleted - 1;
	ssize_t len;

	snprintf(path, sizeof path, "/proc/%d/exe", s->pid);
	len = readlink(path, target, sizeof target - 1);
	if (len <= 0)
		return "program";
	target[len] = '\0';
	if ((size_t)len > n && strcmp(target + len - n, deleted) == 0)
		target[(size_t)len - n] = '\0';
	return mg_symbols_string(s, without_folder(target));
}

/* The number of a module's file; 0 without memory. */
static size_t
find_file(struct mg_symbols *s, const struct mg_profile_module *m)
{
	const char *path = mg_symbols_string(s, m->path),
		   *build_id = mg_symbols_string(s, m->build_id);
	struct file *files;

	for (size_t i = 1; i < s->n_files; i++)
		if (s->files[i].path == path && s->files[i].build_id == build_id)
			return i;
	files = reallocarray(s->files, s->n_files + 1, sizeof files[0]);
	if (files == NULL)
		return 0;
	s->files = files;
	files[s->n_files] = (struct file){ .path = path, .build_id = build_id };
	files[s->n_files].name =
	    path[0] != '\0' ? mg_symbols_string(s, without_folder(path)) : program_name(s);
	return s->n_files++;
}

static struct answer *
find_slot(struct answer *answers, size_t cap, size_t file, uint64_t offset)
{
	size_t i = (offset * 0x9e3779b97f4a7c15u ^ file * 0xff51afd7ed558ccdu) >> 20 & (cap - 1);

	while (answers[i].n != 0 && (answers[i].file != file || answers[i].offset != offset))
		i = (i + 1) & (cap - 1);
	return &answers[i];
}

/* NULL without memory. */
static struct answer *
find_answer(struct mg_symbols *s, size_t file, uint64_t offset)
{
	size_t cap = s->answers_cap > 0 ? s->answers_cap * 2 : 1024;
	struct answer *answers;

	if (2 * s->n_answers < s->answers_cap)
		return find_slot(s->answers, s->answers_cap, file, offset);
	answers = calloc(cap, sizeof answers[0]);
	if (answers == NULL)
		return NULL;
	for (size_t i = 0; i < s->answers_cap; i++) {
		const struct answer *a = &s->answers[i];

		if (a->n != 0)
			*find_slot(answers, cap, a->file, a->offset) = *a;
	}
	free(s->answers);
	s->answers = answers;
	s->answers_cap = cap;
	return find_slot(answers, cap, file, offset);
}

static const char *
readable(struct mg_symbols *s, const char *function)
{
	char *demangled = mg_names_demangle(function);
	const char *kept = mg_symbols_string(s, demangled != NULL ? demangled : function);

	free(demangled);
	return kept;
}

/* A place without a name: "libfoo.so+0x1234", "0x7f12a0". */
static struct mg_symbols_line
nameless(struct mg_symbols *s, const struct file *f, uint64_t offset)
{
	char text[PATH_MAX];

	snprintf(text, sizeof text, "%s%s0x%lx", f->name, f->name[0] != '\0' ? "+" : "", offset);
	return (struct mg_symbols_line){ .function = mg_symbols_string(s, text),
		.module = f->name,
		.is_replaced = f->is_replaced };
}

static size_t
look_up_code(struct mg_symbols *s, const struct mg_profile_module *m, struct file *f,
    uint64_t offset, struct mg_symbols_line *out)
{
	struct mg_debuginfo_line found[INLINED];
	size_t n = 0;

	if (!f->is_opened)
		open_file(s, m, f);
	/* It is a return address; the call is before it, and may end its function. */
	if (f->info != NULL && offset > 0)
		n = mg_debuginfo_lines(f->info, offset - 1, found, INLINED);
	for (size_t i = 0; i < n; i++) {
		const struct mg_debuginfo_line *l = &found[i];

		out[i] = nameless(s, f, offset);
		out[i].is_named = l->function != NULL;
		if (l->function != NULL)
			out[i].function = readable(s, l->function);
		if (l->file != NULL)
			out[i].file = mg_symbols_string(s, without_folder(l->file));
		out[i].line = l->line;
	}
	if (n == 0)
		out[0] = nameless(s, f, offset);
	return n > 0 ? n : 1;
}

static size_t
look_up_generated(struct mg_symbols *s, uint64_t address, struct mg_symbols_line *out)
{
	struct mg_perfmap_name name;

	out[0] = nameless(s, &s->files[0], address);
	if (address == 0 || !mg_generated_find(&s->generated, address - 1, &name))
		return 1;
	out[0].function = mg_symbols_string(s, name.function);
	out[0].is_named = true;
	out[0].line = name.line;
	if (name.file[0] != '\0')
		out[0].file = mg_symbols_string(s, name.file);
	return 1;
}

static size_t
copy_lines(const struct mg_symbols_line *from, size_t n, struct mg_symbols_line *out, size_t most)
{
	n = n < most ? n : most;
	memcpy(out, from, n * sizeof out[0]);
	return n;
}

static bool
is_late(const struct mg_symbols *s)
{
	return s->until_ns != UINT64_MAX && mg_sys_now_ns() >= s->until_ns;
}

size_t
mg_symbols_resolve(struct mg_symbols *s, const struct mg_profile *p,
    const struct mg_profile_frame *frame, struct mg_symbols_line *out, size_t most)
{
	const struct mg_profile_module *m = mg_profile_module(p, frame->module);
	struct mg_symbols_line lines[INLINED], *kept;
	size_t file = m != NULL ? find_file(s, m) : 0, n;
	struct answer *a = find_answer(s, file, frame->offset);
	unsigned version = file == 0 ? mg_generated_version(&s->generated, s->pid) : 0;

	if (a != NULL && a->n > 0 && a->version == version)
		return copy_lines(a->lines, a->n, out, most);
	if (is_late(s)) {
		s->n_left++;
		if (a != NULL && a->n > 0)
			return copy_lines(a->lines, a->n, out, most);
		lines[0] = nameless(s, &s->files[file], frame->offset);
		return copy_lines(lines, 1, out, most);
	}
	n = file > 0 ? look_up_code(s, m, &s->files[file], frame->offset, lines)
		     : look_up_generated(s, frame->offset, lines);
	kept = a != NULL ? reallocarray(a->lines, n, sizeof kept[0]) : NULL;
	if (kept != NULL) {
		memcpy(kept, lines, n * sizeof kept[0]);
		s->n_answers += a->n == 0;
		*a = (struct answer){ file, frame->offset, version, (unsigned)n, kept };
	}
	return copy_lines(lines, n, out, most);
}
