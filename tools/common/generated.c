/* SPDX-License-Identifier: MIT */
#include "tools/common/generated.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/sys.h"
#include "tools/common/process.h"

#define CHECK_NS MG_NS_PER_S
#define MOST_BYTES (256 << 20)

/* The process's own id for itself, in its container; the same outside of one. */
static int
inner_pid(int pid)
{
	char path[40], *line = NULL;
	size_t cap = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return pid;
	while (getline(&line, &cap, f) != -1) {
		const char *last = strrchr(line, '\t');

		if (strncmp(line, "NSpid:", 6) == 0 && last != NULL && atoi(last) > 0)
			pid = atoi(last);
	}
	free(line);
	fclose(f);
	return pid;
}

/* /tmp is everybody's: only a file of the process's user, or root's, is believed. */
static int
open_owned(const char *path, uid_t uid, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd == -1)
		return -1;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode) && (st->st_uid == uid || st->st_uid == 0) &&
	    st->st_size <= MOST_BYTES)
		return fd;
	close(fd);
	return -1;
}

/* A process may have a /tmp of its own. */
static int
open_map(int pid, struct stat *st)
{
	char name[40], path[80];
	uid_t uid;
	int fd;

	if (mg_process_read_uid(pid, &uid) != 0)
		return -1;
	snprintf(name, sizeof name, "/tmp/perf-%d.map", inner_pid(pid));
	snprintf(path, sizeof path, "/proc/%d/root%s", pid, name);
	fd = open_owned(path, uid, st);
	if (fd != -1)
		return fd;
	snprintf(name, sizeof name, "/tmp/perf-%d.map", pid);
	return open_owned(name, uid, st);
}

static void
read_map(struct mg_generated *g, int fd)
{
	size_t size = (size_t)g->seen.st_size, n = 0;
	ssize_t got = 1;

	mg_perfmap_free(&g->map);
	free(g->text);
	g->text = malloc(size + 1);
	if (g->text == NULL)
		return;
	while (n < size && (got = read(fd, g->text + n, size - n)) > 0)
		n += (size_t)got;
	g->text[n] = '\0';
	mg_perfmap_parse(g->text, &g->map);
}

unsigned
mg_generated_version(struct mg_generated *g, int pid)
{
	uint64_t now = mg_sys_now_ns();
	struct stat st;
	int fd;

	if (g->checked_ns != 0 && now - g->checked_ns < CHECK_NS)
		return g->version;
	g->checked_ns = now;
	fd = open_map(pid, &st);
	if (fd == -1)
		return g->version;
	if (st.st_ino != g->seen.st_ino || st.st_size != g->seen.st_size ||
	    st.st_mtim.tv_sec != g->seen.st_mtim.tv_sec ||
	    st.st_mtim.tv_nsec != g->seen.st_mtim.tv_nsec) {
		g->seen = st;
		g->version++;
		read_map(g, fd);
	}
	close(fd);
	return g->version;
}

bool
mg_generated_find(const struct mg_generated *g, uint64_t address, struct mg_perfmap_name *out)
{
	const char *name = mg_perfmap_find(&g->map, address);

	if (name == NULL)
		return false;
	mg_perfmap_split(name, out);
	return true;
}

void
mg_generated_close(struct mg_generated *g)
{
	mg_perfmap_free(&g->map);
	free(g->text);
	*g = (struct mg_generated){ 0 };
}
