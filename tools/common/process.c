/* SPDX-License-Identifier: MIT */
#include "tools/common/process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "shim/base/kernel.h"
#include "shim/base/sys.h"

/*
 * 1234 (my (odd) name) S 1 1234 1234 0 -1 4194304 ... : the name may hold anything, so it ends at
 * the last ")". Field 22 is the start time.
 */
int
mg_process_parse_stat(const char *text, struct mg_process *out)
{
	struct mg_process p = { 0 };
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	unsigned long long start;
	size_t n;

	if (open == NULL || close == NULL || close < open)
		return -EINVAL;
	if (sscanf(text, "%d", &p.pid) != 1)
		return -EINVAL;
	if (sscanf(close + 1,
		" %c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu",
		&p.state, &p.parent_pid, &start) != 3)
		return -EINVAL;
	n = (size_t)(close - open - 1);
	n = n < sizeof p.name ? n : sizeof p.name - 1;
	memcpy(p.name, open + 1, n);
	p.start_ticks = start;
	*out = p;
	return 0;
}

int
mg_process_read(int pid, struct mg_process *out)
{
	char path[40], text[1024];

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	if (mg_sys_read_file(path, text, sizeof text) <= 0)
		return -ESRCH;
	if (mg_process_parse_stat(text, out) != 0 || out->state == 'X')
		return -ESRCH;
	return 0;
}

void
mg_process_parse_status(const char *text, struct mg_process_memory *out)
{
	const char *threads = strstr(text, "\nThreads:");
	struct mg_process_memory m = { 0 };

	mg_kernel_parse_kb(text, "VmRSS", &m.rss_bytes);
	mg_kernel_parse_kb(text, "VmHWM", &m.rss_peak_bytes);
	mg_kernel_parse_kb(text, "RssAnon", &m.anonymous_bytes);
	mg_kernel_parse_kb(text, "RssFile", &m.file_bytes);
	mg_kernel_parse_kb(text, "RssShmem", &m.shared_bytes);
	mg_kernel_parse_kb(text, "VmSwap", &m.swap_bytes);
	mg_kernel_parse_kb(text, "VmLck", &m.locked_bytes);
	if (threads == NULL || sscanf(threads, "\nThreads: %9u", &m.threads) != 1)
		m.threads = 0;
	*out = m;
}

int
mg_process_read_memory(int pid, struct mg_process_memory *out)
{
	char path[40], text[8192];

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	if (mg_sys_read_file(path, text, sizeof text) <= 0)
		return -ESRCH;
	mg_process_parse_status(text, out);
	return 0;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

void
mg_process_read_program(int pid, char *buf, size_t cap)
{
	static const char gone[] = " (deleted)";
	char path[40], text[512] = "";
	struct mg_process p;
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	n = readlink(path, text, sizeof text - 1);
	text[n > 0 ? n : 0] = '\0';
	if (n > (ssize_t)sizeof gone && strcmp(text + n - sizeof gone + 1, gone) == 0)
		text[n - (ssize_t)sizeof gone + 1] = '\0';
	snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
	if (n <= 0)
		mg_sys_read_file(path, text, sizeof text);
	if (text[0] == '\0' && mg_process_read(pid, &p) == 0)
		snprintf(text, sizeof text, "%s", p.name);
	snprintf(buf, cap, "%s", text[0] != '\0' ? base_name(text) : "?");
}

bool
mg_process_is_stopped(const struct mg_process *p)
{
	return p->state == 'T' || p->state == 't';
}

static uint64_t
clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * MG_NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t
mg_process_start_wall_ns(const struct mg_process *p)
{
	uint64_t start = p->start_ticks * (MG_NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
	uint64_t boot = clock_ns(CLOCK_BOOTTIME);

	return clock_ns(CLOCK_REALTIME) - (boot > start ? boot - start : 0);
}

int
mg_process_read_uid(int pid, uid_t *out)
{
	char path[40];
	struct stat st;

	snprintf(path, sizeof path, "/proc/%d", pid);
	if (stat(path, &st) == -1)
		return -errno;
	*out = st.st_uid;
	return 0;
}

/* 7f12...-7f13... r-xp 00001000 08:01 1234   /usr/lib/libmemgov.so, perhaps with " (deleted)"
 * behind it. */
static bool
names_file(const char *line, const char *file)
{
	const char *path = strchr(line, '/'), *base = path != NULL ? strrchr(path, '/') + 1 : NULL;
	size_t n = strlen(file);

	return base != NULL && strncmp(base, file, n) == 0 && strchr(" \n", base[n]) != NULL;
}

int
mg_process_read_mapped(int pid, const char *file, bool *out)
{
	char path[40], *line = NULL;
	size_t cap = 0;
	bool found = false;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return -errno;
	while (!found && getline(&line, &cap, f) != -1)
		found = names_file(line, file);
	/* The open succeeds for a process that may not be looked at; only reading fails. */
	int err = ferror(f) ? -errno : 0;

	free(line);
	fclose(f);
	if (err == 0)
		*out = found;
	return err;
}

/* The first string of a list with NULs between, that `takes`; to be freed, NULL when there is none.
 * 0 or -errno. */
static int
find_string(int pid, const char *list, bool (*takes)(const char *string, const char *name),
    const char *name, char **out)
{
	char path[40], *line = NULL;
	size_t cap = 0;
	FILE *f;
	int err;

	*out = NULL;
	snprintf(path, sizeof path, "/proc/%d/%s", pid, list);
	f = fopen(path, "re");
	if (f == NULL)
		return -errno;
	while (*out == NULL && getdelim(&line, &cap, '\0', f) != -1)
		if (takes(line, name))
			*out = line;
	err = ferror(f) ? -errno : 0;
	if (*out == NULL)
		free(line);
	fclose(f);
	return err;
}

static bool
is_variable(const char *string, const char *name)
{
	size_t n = strlen(name);

	return strncmp(string, name, n) == 0 && string[n] == '=';
}

static bool
has_part(const char *string, const char *part)
{
	return strstr(string, part) != NULL;
}

int
mg_process_read_env(int pid, const char *name, char *buf, size_t cap)
{
	char *found;
	int err = find_string(pid, "environ", is_variable, name, &found);

	if (err != 0)
		return err;
	snprintf(buf, cap, "%s", found != NULL ? found + strlen(name) + 1 : "");
	free(found);
	return 0;
}

int
mg_process_read_argument(int pid, const char *part, bool *out)
{
	char *found;
	int err = find_string(pid, "cmdline", has_part, part, &found);

	if (err != 0)
		return err;
	*out = found != NULL;
	free(found);
	return 0;
}

bool
mg_process_is_called(int pid, const char *name)
{
	char path[40], text[512];
	struct mg_process p;

	if (mg_process_read(pid, &p) == 0 && strcmp(p.name, name) == 0)
		return true;
	snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
	return mg_sys_read_file(path, text, sizeof text) > 0 && strcmp(base_name(text), name) == 0;
}
