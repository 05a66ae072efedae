/* SPDX-License-Identifier: MIT */
#include "tools/common/process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

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

int
mg_process_read_env(int pid, const char *name, char *buf, size_t cap)
{
	char path[40], *line = NULL;
	size_t line_cap = 0, n = strlen(name);
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/environ", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return -errno;
	buf[0] = '\0';
	while (getdelim(&line, &line_cap, '\0', f) != -1) {
		if (strncmp(line, name, n) == 0 && line[n] == '=') {
			snprintf(buf, cap, "%s", line + n + 1);
			break;
		}
	}
	free(line);
	fclose(f);
	return 0;
}

bool
mg_process_is_called(int pid, const char *name)
{
	char path[40], text[512];
	struct mg_process p;
	const char *slash;

	if (mg_process_read(pid, &p) == 0 && strcmp(p.name, name) == 0)
		return true;
	snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
	if (mg_sys_read_file(path, text, sizeof text) <= 0)
		return false;
	slash = strrchr(text, '/');
	return strcmp(slash != NULL ? slash + 1 : text, name) == 0;
}
