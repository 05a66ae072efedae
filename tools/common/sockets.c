/* SPDX-License-Identifier: MIT */
#include "tools/common/sockets.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "tools/common/process.h"

/* Slack between the clock of a process's start, which counts in ticks, and that of files. */
#define CLOCK_SLACK_NS (2 * MG_NS_PER_S)

int
mg_sockets_parse_name(const char *name)
{
	char digits[12];
	size_t n = strspn(name, "0123456789");
	uint64_t pid;

	if (n == 0 || n >= sizeof digits || strcmp(name + n, ".sock") != 0)
		return 0;
	memcpy(digits, name, n);
	digits[n] = '\0';
	if (mg_text_parse_u64(digits, &pid) != 0 || pid > INT_MAX)
		return 0;
	return (int)pid;
}

static int
add_socket(struct mg_sockets *s, const struct mg_socket *socket)
{
	if (mg_sockets_find(s, socket->pid) != NULL)
		return 0;
	if (s->n == s->cap) {
		size_t cap = s->cap > 0 ? s->cap * 2 : 32;
		struct mg_socket *list = realloc(s->list, cap * sizeof *list);

		if (list == NULL)
			return -ENOMEM;
		s->list = list;
		s->cap = cap;
	}
	s->list[s->n++] = *socket;
	return 0;
}

/* Why a folder must not be trusted, or NULL. Nobody's sockets but the owner's can be in one that
 * passes. */
static const char *
distrust(const struct stat *st, uid_t owner)
{
	if (!S_ISDIR(st->st_mode))
		return S_ISLNK(st->st_mode) ? "it is a link" : "it is no directory";
	if (st->st_uid != owner)
		return "it belongs to another user";
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "others may write to it";
	return NULL;
}

static int
scan_open(struct mg_sockets *s, DIR *d, const char *dir, uid_t owner)
{
	struct dirent *e;
	struct stat st;
	int err = 0;

	while (err == 0 && (e = readdir(d)) != NULL) {
		struct mg_socket socket = { .pid = mg_sockets_parse_name(e->d_name), .uid = owner };
		int n;

		if (socket.pid == 0 || fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		if (!S_ISSOCK(st.st_mode))
			continue;
		n = snprintf(socket.path, sizeof socket.path, "%s/%s", dir, e->d_name);
		if (n < 0 || (size_t)n >= sizeof socket.path) {
			snprintf(s->refused, sizeof s->refused,
			    "%.200s: its name is too long for a socket", dir);
			continue;
		}
		socket.made_ns =
		    (uint64_t)st.st_mtim.tv_sec * MG_NS_PER_S + (uint64_t)st.st_mtim.tv_nsec;
		socket.inode = st.st_ino;
		err = add_socket(s, &socket);
	}
	return err;
}

/* Looks into one folder that should be the owner's. */
static int
scan(struct mg_sockets *s, const char *dir, uid_t owner)
{
	struct stat st;
	const char *why;
	int err = 0;
	DIR *d;

	if (lstat(dir, &st) == -1)
		return 0;
	why = distrust(&st, owner);
	d = why == NULL ? opendir(dir) : NULL;
	if (d == NULL) {
		snprintf(s->refused, sizeof s->refused, "%.200s: %s", dir,
		    why != NULL ? why : strerror(errno));
		return 0;
	}
	/* What was looked at must be what was opened. */
	struct stat opened;

	if (fstat(dirfd(d), &opened) == 0 && opened.st_ino == st.st_ino &&
	    opened.st_dev == st.st_dev)
		err = scan_open(s, d, dir, owner);
	closedir(d);
	return err;
}

/* The number in a folder's name, "/tmp/memgov-1000" or "/run/user/1000/memgov"; false when there is
 * none. */
static bool
parse_owner(const char *path, const char *before, uid_t *out)
{
	char *end;
	unsigned long v;

	path += strlen(before);
	if (!isdigit((unsigned char)*path))
		return false;
	v = strtoul(path, &end, 10);
	if ((*end != '\0' && strcmp(end, "/memgov") != 0) || v > UINT32_MAX)
		return false;
	*out = (uid_t)v;
	return true;
}

static int
scan_all(struct mg_sockets *s, const char *before, const char *pattern)
{
	glob_t g = { 0 };
	int err = 0;
	uid_t owner;

	if (glob(pattern, GLOB_NOSORT, NULL, &g) == 0)
		for (size_t i = 0; err == 0 && i < g.gl_pathc; i++)
			if (parse_owner(g.gl_pathv[i], before, &owner))
				err = scan(s, g.gl_pathv[i], owner);
	globfree(&g);
	return err;
}

/*
 * A process may have been started with XDG_RUNTIME_DIR, and the tool from cron without it, or the
 * other way round: so all three places are looked at.
 */
static int
scan_own(struct mg_sockets *s)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR");
	uid_t uid = geteuid();
	char dir[PATH_MAX];
	int err = 0;

	if (xdg != NULL && xdg[0] == '/') {
		snprintf(dir, sizeof dir, "%s/memgov", xdg);
		err = scan(s, dir, uid);
	}
	snprintf(dir, sizeof dir, "/run/user/%u/memgov", uid);
	if (err == 0)
		err = scan(s, dir, uid);
	snprintf(dir, sizeof dir, "/tmp/memgov-%u", uid);
	return err == 0 ? scan(s, dir, uid) : err;
}

/* As /tmp: in it each user has a folder of his own. */
static bool
is_common(const struct stat *st)
{
	return S_ISDIR(st->st_mode) && st->st_uid == 0 && (st->st_mode & S_ISVTX) != 0 &&
	       (st->st_mode & S_IWOTH) != 0;
}

/* Root may look into anybody's folder, but then that user's sockets are what it finds. */
static int
scan_given(struct mg_sockets *s, const char *dir)
{
	char inside[PATH_MAX], before[PATH_MAX];
	uid_t owner = geteuid();
	struct stat st;

	if (lstat(dir, &st) == -1) {
		snprintf(s->refused, sizeof s->refused, "%.200s: %s", dir, strerror(errno));
		return 0;
	}
	if (!is_common(&st))
		return scan(s, dir, owner == 0 ? st.st_uid : owner);
	if (owner == 0) {
		snprintf(inside, sizeof inside, "%s/*", dir);
		snprintf(before, sizeof before, "%s/", dir);
		return scan_all(s, before, inside);
	}
	snprintf(inside, sizeof inside, "%s/%u", dir, owner);
	return scan(s, inside, owner);
}

/* Those of services, whose users they belong to: RuntimeDirectory=memgov-NAME of systemd. */
static int
scan_services(struct mg_sockets *s)
{
	glob_t g = { 0 };
	int err = 0;

	if (glob("/run/memgov-*", GLOB_NOSORT, NULL, &g) == 0)
		for (size_t i = 0; err == 0 && i < g.gl_pathc; i++)
			err = scan_given(s, g.gl_pathv[i]);
	globfree(&g);
	return err;
}

static int
by_pid(const void *a, const void *b)
{
	const struct mg_socket *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

int
mg_sockets_list(struct mg_sockets *s)
{
	const char *given = getenv("MEMGOV_SOCKET_DIR");
	int err;

	s->n = 0;
	s->refused[0] = '\0';
	if (given != NULL && given[0] != '\0') {
		err = scan_given(s, given);
	} else {
		err = scan_own(s);
		if (err == 0 && geteuid() == 0)
			err = scan_all(s, "/run/user/", "/run/user/*/memgov");
		if (err == 0 && geteuid() == 0)
			err = scan_all(s, "/tmp/memgov-", "/tmp/memgov-*");
		if (err == 0 && geteuid() == 0)
			err = scan_services(s);
	}
	if (s->n > 0)
		qsort(s->list, s->n, sizeof *s->list, by_pid);
	return err;
}

void
mg_sockets_free(struct mg_sockets *s)
{
	free(s->list);
	*s = (struct mg_sockets){ 0 };
}

const struct mg_socket *
mg_sockets_find(const struct mg_sockets *s, int pid)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].pid == pid)
			return &s->list[i];
	return NULL;
}

bool
mg_sockets_remove_stale(const struct mg_socket *s)
{
	struct mg_process p;
	struct stat st;
	bool mapped = true;

	/* One that its parent has not waited for is still listed, and has no thread that could
	 * listen. */
	if (mg_process_read(s->pid, &p) == 0 && p.state != 'Z' &&
	    mg_process_start_wall_ns(&p) <= s->made_ns + CLOCK_SLACK_NS) {
		mg_process_read_mapped(s->pid, "libmemgov.so", &mapped);
		if (mapped)
			return false;
	}
	/* A process that got the id a moment ago may have put a socket of its own there. */
	if (lstat(s->path, &st) == 0 && st.st_ino == s->inode)
		unlink(s->path);
	return true;
}
