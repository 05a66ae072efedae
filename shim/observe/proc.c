/* SPDX-License-Identifier: MIT */
#include "shim/observe/proc.h"

#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "shim/observe/cgroup.h"
#include "shim/observe/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATH_BYTES 512

/* Of this thread: when main has ended by pthread_exit, /proc/self shows a process without memory.
 */
uint64_t
mg_proc_rss_bytes(void)
{
	char text[128];
	uint64_t rss = 0;

	if (mg_sys_read_file("/proc/thread-self/statm", text, sizeof text) > 0)
		mg_kernel_parse_statm(text, (uint64_t)getpagesize(), &rss);
	return rss;
}

static uint64_t
percent(uint64_t part, uint64_t whole)
{
	return whole < 100 ? 0 : part / (whole / 100);
}

static void
read_machine(struct mg_snapshot *s, struct mg_scratch *scratch)
{
	struct mg_kernel_machine m;
	char *text = scratch->text;

	if (mg_sys_read_file("/proc/meminfo", text, sizeof scratch->text) > 0 &&
	    mg_kernel_parse_meminfo(text, &m)) {
		s->system_total_bytes = m.total_bytes;
		s->system_available_bytes = m.available_bytes;
		s->swap_total_bytes = m.swap_total_bytes;
		s->swap_free_bytes = m.swap_free_bytes;
		if (m.available_bytes < m.total_bytes)
			s->system_used_pct =
			    percent(m.total_bytes - m.available_bytes, m.total_bytes);
	}
	if (mg_sys_read_file("/proc/pressure/memory", text, sizeof scratch->text) > 0)
		mg_kernel_parse_pressure(text, &s->stall_pct);
}

void
mg_proc_read(struct mg_snapshot *s)
{
	struct mg_scratch *scratch = mg_scratch_get();
	uint64_t in_cgroup;

	s->pid = (uint64_t)mg_sys_pid();
	s->parent_pid = (uint64_t)getppid();
	s->rss_bytes = mg_proc_rss_bytes();
	if (scratch == NULL)
		return;
	read_machine(s, scratch);
	if (s->swap_total_bytes > 0 &&
	    mg_sys_read_file("/proc/thread-self/status", scratch->text, sizeof scratch->text) > 0)
		mg_kernel_parse_kb(scratch->text, "VmSwap", &s->swap_bytes);
	mg_cgroup_read(s, scratch);
	mg_scratch_put(scratch);
	in_cgroup = percent(s->cgroup_used_bytes, s->cgroup_limit_bytes);
	if (in_cgroup > s->system_used_pct)
		s->system_used_pct = in_cgroup;
}

uint64_t
mg_proc_machine_bytes(void)
{
	struct mg_scratch *scratch = mg_scratch_get();
	struct mg_snapshot s = { 0 };

	if (scratch == NULL)
		return 0;
	read_machine(&s, scratch);
	mg_cgroup_read(&s, scratch);
	mg_scratch_put(scratch);
	if (s.cgroup_limit_bytes != 0 && s.cgroup_limit_bytes < s.system_total_bytes)
		return s.cgroup_limit_bytes;
	return s.system_total_bytes;
}

void
mg_proc_after_fork_child(void)
{
	mg_scratch_after_fork_child();
	mg_cgroup_after_fork_child();
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
		if (mg_kernel_parse_mapping(text + done, &m))
			*go_on = visit(&m, arg);
		done = (size_t)(end - text) + 1;
	}
	return done;
}

static void
visit_file(int fd, char *text, size_t cap, mg_proc_mapping_fn *visit, void *arg)
{
	size_t len = 0, done;
	bool go_on = true;
	ssize_t n;

	while (go_on && (n = mg_sys_read(fd, text + len, cap - len)) > 0) {
		len += (size_t)n;
		done = visit_lines(text, len, visit, arg, &go_on);
		/* A line longer than the buffer cannot be one of ours: paths end at 4 KiB. */
		if (done == 0 && len == cap)
			break;
		memmove(text, text + done, len - done);
		len -= done;
	}
}

void
mg_proc_visit_mappings(mg_proc_mapping_fn *visit, void *arg)
{
	struct mg_scratch *scratch = mg_scratch_get();
	int fd;

	if (scratch == NULL)
		return;
	fd = mg_sys_open("/proc/thread-self/maps", O_RDONLY, 0);
	if (fd >= 0) {
		visit_file(fd, scratch->text, sizeof scratch->text, visit, arg);
		mg_sys_close(fd);
	}
	mg_scratch_put(scratch);
}
