/* SPDX-License-Identifier: MIT */
#include "tools/doctor/mappings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/kernel.h"

/* Guards are a page, of some programs a few; what is larger is address space kept in reserve. */
#define GUARD_MOST_BYTES (64u << 10)
#define STACK_LEAST_BYTES (16u << 10)

static bool
is_shared_path(const char *path)
{
	static const char *const starts[] = { "/dev/shm/", "/memfd:", "/SYSV", "/dev/zero",
		"[anon_shmem" };

	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
		if (strncmp(path, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

/* 7ffc0e1d8000-7ffc0e1f9000 rw-p 00000000 00:00 0       [stack] */
static const char *
find_path(const char *line)
{
	for (int i = 0; i < 5; i++) {
		line += strspn(line, " ");
		line += strcspn(line, " \n");
	}
	return line + strspn(line, " ");
}

static enum mg_mappings_kind
kind_of(const struct mg_proc_mapping *m, const char *path, uint64_t guard_end)
{
	bool is_named = path[0] != '\0' && path[0] != '\n';

	if (is_shared_path(path))
		return MG_MAPPINGS_SHARED;
	if (strncmp(path, "[stack", 6) == 0)
		return MG_MAPPINGS_STACK;
	if (strncmp(path, "[heap]", 6) == 0 || strncmp(path, "[anon:", 6) == 0)
		return MG_MAPPINGS_ANONYMOUS;
	if (is_named || !m->is_anonymous)
		return MG_MAPPINGS_FILE;
	if (!m->is_private)
		return MG_MAPPINGS_SHARED;
	if (m->is_writable && m->start == guard_end && m->end - m->start >= STACK_LEAST_BYTES)
		return MG_MAPPINGS_STACK;
	return MG_MAPPINGS_ANONYMOUS;
}

static void
begin(struct mg_mappings_reader *r, const struct mg_proc_mapping *m, const char *path)
{
	r->guard_end = r->is_guard ? r->end : 0;
	r->kind = kind_of(m, path, r->guard_end);
	r->is_guard = !m->is_readable && !m->is_writable && m->is_anonymous && m->is_private &&
		      m->end - m->start <= GUARD_MOST_BYTES;
	r->end = m->end;
	r->sums.count++;
}

static void
add(uint64_t *sum, uint64_t bytes)
{
	if (__builtin_add_overflow(*sum, bytes, sum))
		*sum = UINT64_MAX;
}

void
mg_mappings_line(struct mg_mappings_reader *r, const char *line)
{
	struct mg_proc_mapping m;
	uint64_t bytes;

	if (mg_kernel_parse_mapping(line, &m))
		begin(r, &m, find_path(line));
	else if (r->sums.count == 0)
		return;
	else if (mg_kernel_parse_kb(line, "Rss", &bytes))
		add(&r->sums.resident_bytes[r->kind], bytes);
	else if (mg_kernel_parse_kb(line, "Swap", &bytes))
		add(&r->sums.swapped_bytes[r->kind], bytes);
	else if (mg_kernel_parse_kb(line, "AnonHugePages", &bytes))
		add(&r->sums.huge_bytes, bytes);
}

int
mg_mappings_read(int pid, struct mg_mappings *out)
{
	struct mg_mappings_reader r = { 0 };
	char path[40], *line = NULL;
	size_t cap = 0;
	FILE *f;
	int err;

	snprintf(path, sizeof path, "/proc/%d/smaps", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return -errno;
	while (getline(&line, &cap, f) != -1)
		mg_mappings_line(&r, line);
	/* The open succeeds for a process that may not be looked at; only reading fails. */
	err = ferror(f) ? -errno : 0;
	free(line);
	fclose(f);
	if (err == 0)
		*out = r.sums;
	return err;
}
