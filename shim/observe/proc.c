/* SPDX-License-Identifier: MIT */
#include "shim/observe/proc.h"

#include "shim/base/sys.h"
#include "shim/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Small, because these run on program stacks too; what is looked for stands in the first 2 KiB of
 * each. */
#define TEXT_BYTES 4096
#define PATH_BYTES 512
#define CGROUP_REFRESH_NS (30 * MG_NS_PER_S)
#define KIB 1024u
/* v1 writes its "no limit" as the largest multiple of a page; nothing real comes near. */
#define NO_LIMIT ((uint64_t)1 << 60)

static const char *
skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

static bool
read_number(const char **p, unsigned base, uint64_t *out)
{
	const char *s = *p;
	uint64_t v = 0;

	for (;; s++) {
		unsigned d = *s >= '0' && *s <= '9'   ? (unsigned)(*s - '0')
			     : *s >= 'a' && *s <= 'f' ? (unsigned)(*s - 'a') + 10
						      : 99;

		if (d >= base)
			break;
		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, d, &v))
			return false;
	}
	if (s == *p)
		return false;
	*p = s;
	*out = v;
	return true;
}

/* What stands behind `name` at the start of a line, or NULL. */
static const char *
line_with(const char *text, const char *name)
{
	size_t n = strlen(name);

	while (text != NULL && *text != '\0') {
		if (strncmp(text, name, n) == 0)
			return text + n;
		text = strchr(text, '\n');
		text = text != NULL ? text + 1 : NULL;
	}
	return NULL;
}

bool
mg_proc_parse_statm(const char *text, uint64_t page_bytes, uint64_t *rss_bytes_out)
{
	uint64_t size, pages;

	if (!read_number(&text, 10, &size))
		return false;
	text = skip_blanks(text);
	return read_number(&text, 10, &pages) &&
	       !__builtin_mul_overflow(pages, page_bytes, rss_bytes_out);
}

bool
mg_proc_parse_kb(const char *text, const char *name, uint64_t *bytes_out)
{
	const char *p = line_with(text, name);
	uint64_t kib;

	if (p == NULL || *p != ':')
		return false;
	p = skip_blanks(p + 1);
	return read_number(&p, 10, &kib) && !__builtin_mul_overflow(kib, KIB, bytes_out);
}

bool
mg_proc_parse_meminfo(const char *text, struct mg_proc_machine *out)
{
	*out = (struct mg_proc_machine){ 0 };
	if (!mg_proc_parse_kb(text, "MemTotal", &out->total_bytes) || out->total_bytes == 0)
		return false;
	if (!mg_proc_parse_kb(text, "MemAvailable", &out->available_bytes))
		mg_proc_parse_kb(text, "MemFree", &out->available_bytes);
	mg_proc_parse_kb(text, "SwapTotal", &out->swap_total_bytes);
	mg_proc_parse_kb(text, "SwapFree", &out->swap_free_bytes);
	return true;
}

bool
mg_proc_parse_pressure(const char *text, uint64_t *some_avg10_pct_out)
{
	const char *p = line_with(text, "some avg10=");
	uint64_t whole;

	if (p == NULL || !read_number(&p, 10, &whole) || whole > 100)
		return false;
	for (p += *p == '.'; *p >= '0' && *p <= '9'; p++) {
		if (*p != '0' && whole < 100) {
			whole++;
			break;
		}
	}
	*some_avg10_pct_out = whole;
	return true;
}

bool
mg_proc_parse_field(const char *text, const char *name, uint64_t *out)
{
	const char *p = line_with(text, name);

	if (p == NULL || *p != ' ')
		return false;
	p = skip_blanks(p);
	return read_number(&p, 10, out);
}

bool
mg_proc_parse_limit(const char *text, uint64_t *bytes_out)
{
	if (strncmp(text, "max", 3) == 0) {
		*bytes_out = UINT64_MAX;
		return true;
	}
	if (!read_number(&text, 10, bytes_out))
		return false;
	if (*bytes_out >= NO_LIMIT)
		*bytes_out = UINT64_MAX;
	return true;
}

/* "4:memory:/a/b" or "4:cpu,memory:/a/b": true when the list names the controller; NULL stands for
 * v2's empty list. */
static bool
names_controller(const char *list, size_t n, const char *controller)
{
	size_t len = controller != NULL ? strlen(controller) : 0;

	if (controller == NULL)
		return n == 0;
	for (size_t i = 0; i + len <= n; i++) {
		bool starts = i == 0 || list[i - 1] == ',';
		bool ends = i + len == n || list[i + len] == ',';

		if (starts && ends && strncmp(list + i, controller, len) == 0)
			return true;
	}
	return false;
}

bool
mg_proc_parse_cgroup(const char *text, const char *controller, char *path_out, size_t cap)
{
	while (text != NULL && *text != '\0') {
		const char *end = strchr(text, '\n');
		size_t n = end != NULL ? (size_t)(end - text) : strlen(text);
		const char *list = memchr(text, ':', n);
		const char *path =
		    list != NULL ? memchr(list + 1, ':', n - (size_t)(list + 1 - text)) : NULL;

		if (path != NULL &&
		    names_controller(list + 1, (size_t)(path - list - 1), controller)) {
			size_t len = n - (size_t)(path + 1 - text);

			if (len == 0 || path[1] != '/' || len >= cap)
				return false;
			memcpy(path_out, path + 1, len);
			path_out[len] = '\0';
			return true;
		}
		text = end != NULL ? end + 1 : NULL;
	}
	return false;
}

bool
mg_proc_parse_mapping(const char *line, struct mg_proc_mapping *out)
{
	uint64_t skip;
	const char *p = line;

	if (!read_number(&p, 16, &out->start) || *p++ != '-' || !read_number(&p, 16, &out->end) ||
	    *p++ != ' ')
		return false;
	if (strnlen(p, 5) < 5 || p[4] != ' ')
		return false;
	out->is_writable = p[1] == 'w';
	out->is_private = p[3] == 'p';
	p += 5;
	if (!read_number(&p, 16, &skip) || *p++ != ' ' || !read_number(&p, 16, &skip) ||
	    *p++ != ':' || !read_number(&p, 16, &skip) || *p++ != ' ' ||
	    !read_number(&p, 10, &skip))
		return false;
	out->is_anonymous = skip == 0;
	return out->start < out->end;
}

/* Of this thread: when main has ended by pthread_exit, /proc/self shows a process without memory.
 */
uint64_t
mg_proc_rss_bytes(void)
{
	char text[128];
	uint64_t rss = 0;

	if (mg_sys_read_file("/proc/thread-self/statm", text, sizeof text) > 0)
		mg_proc_parse_statm(text, (uint64_t)getpagesize(), &rss);
	return rss;
}

/* ---- cgroups: v2 in /sys/fs/cgroup (or its `unified` folder), v1's memory controller beside it.
 */

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
	char dir[PATH_BYTES];
} tightest;

static bool
read_limit(const char *dir, const char *file, uint64_t *out)
{
	char path[PATH_BYTES + 64], text[64];
	struct mg_text t;

	mg_text_init(&t, path, sizeof path);
	mg_text_add(&t, "%s/%s", dir, file);
	return !t.cut && mg_sys_read_file(path, text, sizeof text) > 0 &&
	       mg_proc_parse_limit(text, out);
}

/* Walks from the process's cgroup to the root; limits of ancestors hold as well. */
static void
find_tightest_of(const struct cgroup_files *kind, const char *cgroups, uint64_t *best,
    char *best_dir, const struct cgroup_files **best_kind)
{
	char dir[PATH_BYTES], path[PATH_BYTES / 2];
	struct mg_text t;
	uint64_t limit;

	if (!mg_proc_parse_cgroup(cgroups, kind->controller, path, sizeof path))
		return;
	for (;;) {
		char *slash = strrchr(path, '/');

		mg_text_init(&t, dir, sizeof dir);
		mg_text_add(&t, "%s%s", kind->root, strcmp(path, "/") == 0 ? "" : path);
		if (read_limit(dir, kind->limit, &limit) && limit < *best) {
			*best = limit;
			*best_kind = kind;
			memcpy(best_dir, dir, sizeof dir);
		}
		if (slash == NULL || strcmp(path, "/") == 0 || path[0] == '\0')
			return;
		slash[slash == path ? 1 : 0] = '\0';
	}
}

static void
refresh_tightest(uint64_t now_ns)
{
	const struct cgroup_files *kind = NULL;
	char cgroups[2048], dir[PATH_BYTES];
	uint64_t best = UINT64_MAX;

	if (mg_sys_read_file("/proc/self/cgroup", cgroups, sizeof cgroups) > 0)
		for (size_t i = 0; i < sizeof cgroup_kinds / sizeof cgroup_kinds[0]; i++)
			find_tightest_of(&cgroup_kinds[i], cgroups, &best, dir, &kind);
	mg_sys_lock(&tightest.lock);
	tightest.looked_ns = now_ns;
	tightest.kind = kind;
	if (kind != NULL)
		memcpy(tightest.dir, dir, sizeof dir);
	mg_sys_unlock(&tightest.lock);
}

static void
read_cgroup(struct mg_snapshot *s)
{
	uint64_t now_ns = mg_sys_now_ns(), limit = 0, used = 0, cache = 0;
	char dir[PATH_BYTES], path[PATH_BYTES + 64], text[TEXT_BYTES];
	const struct cgroup_files *kind;
	struct mg_text t;
	bool is_old;

	mg_sys_lock(&tightest.lock);
	is_old = tightest.looked_ns == 0 || now_ns - tightest.looked_ns > CGROUP_REFRESH_NS;
	mg_sys_unlock(&tightest.lock);
	if (is_old)
		refresh_tightest(now_ns);
	mg_sys_lock(&tightest.lock);
	kind = tightest.kind;
	memcpy(dir, tightest.dir, sizeof dir);
	mg_sys_unlock(&tightest.lock);

	if (kind == NULL || !read_limit(dir, kind->limit, &limit) || limit == UINT64_MAX ||
	    !read_limit(dir, kind->used, &used))
		return;
	mg_text_init(&t, path, sizeof path);
	mg_text_add(&t, "%s/memory.stat", dir);
	if (mg_sys_read_file(path, text, sizeof text) > 0)
		mg_proc_parse_field(text, kind->cache, &cache);
	s->cgroup_limit_bytes = limit;
	s->cgroup_used_bytes = used > cache ? used - cache : 0;
}

static uint64_t
percent(uint64_t part, uint64_t whole)
{
	return whole < 100 ? 0 : part / (whole / 100);
}

static void
read_machine(struct mg_snapshot *s)
{
	struct mg_proc_machine m;
	char text[TEXT_BYTES];

	if (mg_sys_read_file("/proc/meminfo", text, sizeof text) > 0 &&
	    mg_proc_parse_meminfo(text, &m)) {
		s->system_total_bytes = m.total_bytes;
		s->system_available_bytes = m.available_bytes;
		s->swap_total_bytes = m.swap_total_bytes;
		s->swap_free_bytes = m.swap_free_bytes;
		if (m.available_bytes < m.total_bytes)
			s->system_used_pct =
			    percent(m.total_bytes - m.available_bytes, m.total_bytes);
	}
	if (mg_sys_read_file("/proc/pressure/memory", text, sizeof text) > 0)
		mg_proc_parse_pressure(text, &s->stall_pct);
}

void
mg_proc_read(struct mg_snapshot *s)
{
	char text[TEXT_BYTES];
	uint64_t in_cgroup;

	s->pid = (uint64_t)mg_sys_pid();
	s->parent_pid = (uint64_t)getppid();
	s->rss_bytes = mg_proc_rss_bytes();
	read_machine(s);
	if (s->swap_total_bytes > 0 &&
	    mg_sys_read_file("/proc/thread-self/status", text, sizeof text) > 0)
		mg_proc_parse_kb(text, "VmSwap", &s->swap_bytes);
	read_cgroup(s);
	in_cgroup = percent(s->cgroup_used_bytes, s->cgroup_limit_bytes);
	if (in_cgroup > s->system_used_pct)
		s->system_used_pct = in_cgroup;
}

uint64_t
mg_proc_machine_bytes(void)
{
	struct mg_snapshot s = { 0 };

	read_machine(&s);
	read_cgroup(&s);
	if (s.cgroup_limit_bytes != 0 && s.cgroup_limit_bytes < s.system_total_bytes)
		return s.cgroup_limit_bytes;
	return s.system_total_bytes;
}

void
mg_proc_after_fork_child(void)
{
	mg_sys_reset_lock(&tightest.lock);
	if (tightest.looked_ns != 0)
		memset(&tightest, 0, sizeof tightest);
}

void
mg_proc_program(char *out, size_t cap)
{
	int saved = errno;
	char path[PATH_BYTES];
	ssize_t n = syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path, sizeof path - 1);
	struct mg_text t;
	char *slash;

	errno = saved;
	mg_text_init(&t, out, cap);
	if (n <= 0) {
		mg_text_add(&t, "?");
		return;
	}
	path[n] = '\0';
	slash = strrchr(path, '/');
	mg_text_add(&t, "%s", slash != NULL ? slash + 1 : path);
}

/* Handles the whole lines in `text`; returns how many bytes they take. */
static size_t
visit_lines(char *text, size_t len, mg_proc_mapping_fn *visit, void *arg, bool *go_on)
{
	struct mg_proc_mapping m;
	size_t done = 0;

	while (*go_on) {
		char *end = memchr(text + done, '\n', len - done);

		if (end == NULL)
			break;
		*end = '\0';
		if (mg_proc_parse_mapping(text + done, &m))
			*go_on = visit(&m, arg);
		done = (size_t)(end - text) + 1;
	}
	return done;
}

void
mg_proc_visit_mappings(mg_proc_mapping_fn *visit, void *arg)
{
	char text[TEXT_BYTES];
	size_t len = 0, done;
	bool go_on = true;
	ssize_t n;
	int fd = mg_sys_open("/proc/thread-self/maps", O_RDONLY, 0);

	if (fd < 0)
		return;
	while (go_on && (n = mg_sys_read(fd, text + len, sizeof text - len)) > 0) {
		len += (size_t)n;
		done = visit_lines(text, len, visit, arg, &go_on);
		/* A line longer than the buffer cannot be one of ours: paths end at 4 KiB. */
		if (done == 0 && len == sizeof text)
			break;
		memmove(text, text + done, len - done);
		len -= done;
	}
	mg_sys_close(fd);
}
