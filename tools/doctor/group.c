/* SPDX-License-Identifier: MIT */
#include "tools/doctor/group.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shim/base/kernel.h"
#include "shim/base/sys.h"

#define DIR_BYTES 512
#define TEXT_BYTES 8192

struct kind {
	const char *controller; /* NULL: v2 */
	const char *root;
	const char *limit, *slow, *used; /* slow is NULL: v1 has none */
	const char *cache;               /* field of memory.stat */
	const char *events;              /* file with a line "oom_kill N" */
};

static const struct kind kinds[] = {
	{ NULL, "/sys/fs/cgroup", "memory.max", "memory.high", "memory.current", "inactive_file",
	    "memory.events" },
	{ NULL, "/sys/fs/cgroup/unified", "memory.max", "memory.high", "memory.current",
	    "inactive_file", "memory.events" },
	{ "memory", "/sys/fs/cgroup/memory", "memory.limit_in_bytes", NULL, "memory.usage_in_bytes",
	    "total_inactive_file", "memory.oom_control" },
};

static bool
read_text(const char *dir, const char *file, char *text, size_t cap)
{
	char path[DIR_BYTES + 64];

	if (file == NULL)
		return false;
	snprintf(path, sizeof path, "%s/%s", dir, file);
	return mg_sys_read_file(path, text, cap) > 0;
}

static bool
read_limit(const char *dir, const char *file, uint64_t *out)
{
	char text[64];

	return read_text(dir, file, text, sizeof text) && mg_kernel_parse_limit(text, out);
}

void
mg_group_parse_unit(const char *path, char *out, unsigned long cap)
{
	static const char service[] = ".service";

	out[0] = '\0';
	for (const char *p = path; *p != '\0';) {
		size_t n = strcspn(++p, "/");

		if (n >= sizeof service && n < cap &&
		    memcmp(p + n - sizeof service + 1, service, sizeof service - 1) == 0 &&
		    strncmp(p, "user@", 5) != 0) {
			memcpy(out, p, n);
			out[n] = '\0';
		}
		p += n;
	}
}

struct search {
	const char *prefix;
	const struct kind *kind;
	uint64_t best, limit, slow;
	char path[sizeof((struct mg_group *)0)->path];
	char dir[DIR_BYTES];
};

static void
look_at(struct search *s, const struct kind *kind, const char *path, const char *dir)
{
	uint64_t limit = UINT64_MAX, slow = UINT64_MAX, least;

	if (!read_limit(dir, kind->limit, &limit))
		limit = UINT64_MAX;
	if (!read_limit(dir, kind->slow, &slow))
		slow = UINT64_MAX;
	least = limit < slow ? limit : slow;
	if (least >= s->best)
		return;
	s->kind = kind;
	s->best = least;
	s->limit = limit;
	s->slow = slow;
	snprintf(s->path, sizeof s->path, "%s", path);
	snprintf(s->dir, sizeof s->dir, "%s", dir);
}

/* Limits of ancestors hold as well. */
static void
walk(struct search *s, const struct kind *kind, const char *text)
{
	char path[sizeof s->path], dir[DIR_BYTES];

	if (!mg_kernel_parse_cgroup(text, kind->controller, path, sizeof path))
		return;
	if (s->path[0] == '\0' || strcmp(s->path, "/") == 0)
		snprintf(s->path, sizeof s->path, "%s", path);
	for (;;) {
		char *slash = strrchr(path, '/');

		snprintf(dir, sizeof dir, "%s%s%s", s->prefix, kind->root,
		    strcmp(path, "/") == 0 ? "" : path);
		look_at(s, kind, path, dir);
		if (slash == NULL || strcmp(path, "/") == 0)
			return;
		slash[slash == path ? 1 : 0] = '\0';
	}
}

static void
read_figures(const struct search *s, struct mg_group *out)
{
	uint64_t used = 0, cache = 0;
	char text[TEXT_BYTES];

	out->limit_bytes = s->limit != UINT64_MAX ? s->limit : 0;
	out->slow_bytes = s->slow != UINT64_MAX ? s->slow : 0;
	if (read_limit(s->dir, s->kind->used, &used) &&
	    read_text(s->dir, "memory.stat", text, sizeof text))
		mg_kernel_parse_field(text, s->kind->cache, &cache);
	out->used_bytes = used > cache ? used - cache : used;
	out->has_oom_kills = read_text(s->dir, s->kind->events, text, sizeof text) &&
			     mg_kernel_parse_field(text, "oom_kill", &out->oom_kills);
}

static void
find_unit(const char *text, struct mg_group *out)
{
	static const char *const lists[] = { NULL, "name=systemd" };
	char path[sizeof out->path];

	for (size_t i = 0; i < 2 && out->unit[0] == '\0'; i++)
		if (mg_kernel_parse_cgroup(text, lists[i], path, sizeof path))
			mg_group_parse_unit(path, out->unit, sizeof out->unit);
}

int
mg_group_find(const char *text, const char *prefix, struct mg_group *out)
{
	struct search s = { .prefix = prefix, .best = UINT64_MAX };
	struct mg_group g = { 0 };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		walk(&s, &kinds[i], text);
	if (s.kind != NULL)
		read_figures(&s, &g);
	memcpy(g.path, s.path, sizeof g.path);
	find_unit(text, &g);
	*out = g;
	return g.path[0] != '\0' ? 0 : -ENOENT;
}

int
mg_group_read(int pid, struct mg_group *out)
{
	char path[40], text[TEXT_BYTES];

	snprintf(path, sizeof path, "/proc/%d/cgroup", pid);
	if (mg_sys_read_file(path, text, sizeof text) <= 0)
		return -ESRCH;
	return mg_group_find(text, "", out);
}

uint64_t
mg_group_tightest_bytes(const struct mg_group *g)
{
	if (g->limit_bytes == 0 || (g->slow_bytes != 0 && g->slow_bytes < g->limit_bytes))
		return g->slow_bytes;
	return g->limit_bytes;
}

unsigned
mg_group_used_pct(const struct mg_group *g)
{
	uint64_t kib = mg_group_tightest_bytes(g) / 1024;

	return kib > 0 ? (unsigned)(g->used_bytes / 1024 * 100 / kib) : 0;
}
