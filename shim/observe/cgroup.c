/* SPDX-License-Identifier: MIT */
#include "shim/observe/cgroup.h"

#include "shim/base/kernel.h"
#include "shim/base/sys.h"
#include "shim/base/text.h"

#include <string.h>

#define CGROUP_REFRESH_NS (30 * MG_NS_PER_S)

struct cgroup_files {
	const char *controller; /* NULL: v2 */
	const char *root;
	const char *limit;
	const char *used;
	const char *cache; /* field of memory.stat: page cache that goes before anybody is killed */
};

static const struct cgroup_files cgroup_kinds[] = {
	{ NULL, "/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file" },
	{ NULL, "/sys/fs/cgroup/unified", "memory.max", "memory.current", "inactive_file" },
	{ "memory", "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes",
	    "total_inactive_file" },
};

/* The tightest cgroup, looked for now and then. Written under the lock; a reader copies it under
 * the lock. */
static struct {
	struct mg_lock lock;
	uint64_t looked_ns;
	const struct cgroup_files *kind; /* NULL: no limit anywhere */
	char dir[MG_SCRATCH_PATH_BYTES];
} tightest;

static bool
read_limit(struct mg_scratch *scratch, const char *dir, const char *file, uint64_t *out)
{
	char *path = scratch->path, text[64];
	struct mg_text t;

	mg_text_init(&t, path, sizeof scratch->path);
	mg_text_add(&t, "%s/%s", dir, file);
	return !t.cut && mg_sys_read_file(path, text, sizeof text) > 0 &&
	       mg_kernel_parse_limit(text, out);
}

/* Walks from the process's cgroup to the root; limits of ancestors hold as well. */
static void
find_tightest_of(struct mg_scratch *scratch, const struct cgroup_files *kind, uint64_t *best,
    const struct cgroup_files **best_kind)
{
	char *dir = scratch->dir, *path = scratch->cgroup;
	struct mg_text t;
	uint64_t limit;

	if (!mg_kernel_parse_cgroup(scratch->text, kind->controller, path, sizeof scratch->cgroup))
		return;
	for (;;) {
		char *slash = strrchr(path, '/');

		mg_text_init(&t, dir, sizeof scratch->dir);
		mg_text_add(&t, "%s%s", kind->root, strcmp(path, "/") == 0 ? "" : path);
		if (read_limit(scratch, dir, kind->limit, &limit) && limit < *best) {
			*best = limit;
			*best_kind = kind;
			memcpy(scratch->best_dir, dir, sizeof scratch->dir);
		}
		if (slash == NULL || strcmp(path, "/") == 0 || path[0] == '\0')
			return;
		slash[slash == path ? 1 : 0] = '\0';
	}
}

static void
refresh_tightest(struct mg_scratch *scratch, uint64_t now_ns)
{
	const struct cgroup_files *kind = NULL;
	uint64_t best = UINT64_MAX;

	if (mg_sys_read_file("/proc/self/cgroup", scratch->text, sizeof scratch->text) > 0)
		for (size_t i = 0; i < sizeof cgroup_kinds / sizeof cgroup_kinds[0]; i++)
			find_tightest_of(scratch, &cgroup_kinds[i], &best, &kind);
	mg_sys_lock(&tightest.lock);
	tightest.looked_ns = now_ns;
	tightest.kind = kind;
	if (kind != NULL)
		memcpy(tightest.dir, scratch->best_dir, sizeof tightest.dir);
	mg_sys_unlock(&tightest.lock);
}

void
mg_cgroup_read(struct mg_snapshot *s, struct mg_scratch *scratch)
{
	uint64_t now_ns = mg_sys_now_ns(), limit = 0, used = 0, cache = 0;
	char *dir = scratch->dir;
	const struct cgroup_files *kind;
	struct mg_text t;
	bool is_old;

	mg_sys_lock(&tightest.lock);
	is_old = tightest.looked_ns == 0 || now_ns - tightest.looked_ns > CGROUP_REFRESH_NS;
	mg_sys_unlock(&tightest.lock);
	if (is_old)
		refresh_tightest(scratch, now_ns);
	mg_sys_lock(&tightest.lock);
	kind = tightest.kind;
	memcpy(dir, tightest.dir, sizeof tightest.dir);
	mg_sys_unlock(&tightest.lock);

	if (kind == NULL || !read_limit(scratch, dir, kind->limit, &limit) || limit == UINT64_MAX ||
	    !read_limit(scratch, dir, kind->used, &used))
		return;
	mg_text_init(&t, scratch->path, sizeof scratch->path);
	mg_text_add(&t, "%s/memory.stat", dir);
	if (mg_sys_read_file(scratch->path, scratch->text, sizeof scratch->text) > 0)
		mg_kernel_parse_field(scratch->text, kind->cache, &cache);
	s->cgroup_limit_bytes = limit;
	s->cgroup_used_bytes = used > cache ? used - cache : 0;
}

void
mg_cgroup_after_fork_child(void)
{
	mg_sys_reset_lock(&tightest.lock);
	if (tightest.looked_ns != 0)
		memset(&tightest, 0, sizeof tightest);
}
