/* SPDX-License-Identifier: MIT */
#include "tools/cli/target.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "shim/base/sys.h"

/* As many interpreters of interpreters as the kernel follows. */
#define DEPTH_MAX 5
#define SEGMENTS_MAX 128
#define LINE_BYTES 256

static int
is_startable(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return -errno;
	return S_ISREG(st.st_mode) && access(path, X_OK) == 0 ? 0 : -EACCES;
}

/* A name that is found but may not be executed does not end the search, but is what is told when
 * nothing else is found. */
static int
search_path(const char *command, char out[PATH_MAX])
{
	const char *path = getenv("PATH");
	int err = -ENOENT;

	if (strchr(command, '/') != NULL) {
		snprintf(out, PATH_MAX, "%s", command);
		err = is_startable(out);
		return err == 0 || err == -ENOENT ? err : -EACCES;
	}
	if (path == NULL)
		path = "/bin:/usr/bin";
	for (;;) {
		size_t n = strcspn(path, ":");

		snprintf(out, PATH_MAX, "%.*s%s%s", (int)n, path, n > 0 ? "/" : "", command);
		switch (is_startable(out)) {
		case 0: return 0;
		case -EACCES: err = -EACCES; break;
		default: break;
		}
		if (path[n] == '\0')
			return err;
		path += n + 1;
	}
}

size_t
mg_target_parse_script(const char *text, size_t n, char *buf, size_t cap, char *words[3])
{
	size_t count = 0, len = 0;
	char *save = NULL;

	if (n < 2 || memcmp(text, "#!", 2) != 0 || cap == 0)
		return 0;
	while (2 + len < n && len + 1 < cap && text[2 + len] != '\n' && text[2 + len] != '\0')
		len++;
	memcpy(buf, text + 2, len);
	buf[len] = '\0';
	for (char *w = strtok_r(buf, " \t\r", &save); w != NULL && count < 3;
	     w = strtok_r(NULL, " \t\r", &save))
		words[count++] = w;
	return count;
}

__attribute__((format(printf, 2, 3))) static void
say(struct mg_target *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->why_not, sizeof t->why_not, fmt, ap);
	va_end(ap);
}

static bool
read_header(int fd, ElfW(Ehdr) * h)
{
	return mg_sys_pread(fd, h, sizeof *h, 0) == (ssize_t)sizeof *h &&
	       memcmp(h->e_ident, ELFMAG, SELFMAG) == 0;
}

static bool
is_same_machine(const ElfW(Ehdr) * a, const char *library)
{
	int fd = mg_sys_open(library, O_RDONLY, 0);
	ElfW(Ehdr) b;
	bool same = true;

	if (fd >= 0 && read_header(fd, &b))
		same = a->e_ident[EI_CLASS] == b.e_ident[EI_CLASS] &&
		       a->e_ident[EI_DATA] == b.e_ident[EI_DATA] && a->e_machine == b.e_machine;
	if (fd >= 0)
		mg_sys_close(fd);
	return same;
}

/* The path of the dynamic loader; false when the program names none, and so is static. */
static bool
read_loader(int fd, const ElfW(Ehdr) * h, char *buf, size_t cap)
{
	for (unsigned i = 0; i < h->e_phnum && i < SEGMENTS_MAX; i++) {
		ElfW(Phdr) p;
		ssize_t n;

		if (mg_sys_pread(fd, &p, sizeof p, h->e_phoff + i * sizeof p) != (ssize_t)sizeof p)
			break;
		if (p.p_type != PT_INTERP)
			continue;
		n = mg_sys_pread(fd, buf, p.p_filesz < cap ? p.p_filesz : cap - 1, p.p_offset);
		buf[n > 0 ? n : 0] = '\0';
		return true;
	}
	return false;
}

static void
inspect_elf(
    int fd, const ElfW(Ehdr) * h, const char *path, const char *library, struct mg_target *t)
{
	char loader[LINE_BYTES];

	if (!is_same_machine(h, library))
		say(t, "%.150s is built for another architecture than %.60s", path, library);
	else if (!read_loader(fd, h, loader, sizeof loader))
		say(t, "%.200s is statically linked, and nothing can be preloaded into it", path);
	else if (strstr(loader, "ld-musl") != NULL) {
		say(t, "%.150s is linked with musl, and %.60s with glibc", path, library);
		t->is_harmed = true;
	}
}

/* What makes the loader run in secure mode, in which it does not look at LD_PRELOAD. Nothing of
 * this changes root. */
static void
inspect_rights(int fd, const char *path, struct mg_target *t)
{
	struct stat st;

	if (fstat(fd, &st) == -1 || getuid() == 0)
		return;
	if ((st.st_mode & S_ISUID) != 0 && st.st_uid != getuid())
		say(t, "%.200s is setuid, and the loader preloads nothing into such programs",
		    path);
	else if ((st.st_mode & S_ISGID) != 0 && st.st_gid != getgid())
		say(t, "%.200s is setgid, and the loader preloads nothing into such programs",
		    path);
	else if (fgetxattr(fd, "security.capability", NULL, 0) > 0)
		say(t,
		    "%.180s has file capabilities, and the loader preloads nothing into such "
		    "programs",
		    path);
}

static void inspect_file(const char *path, const char *library, struct mg_target *t, int depth);

/* The kernel's part of "#!" and, for env, what env will do then. */
static void
inspect_script(char *words[], size_t n, const char *library, struct mg_target *t, int depth)
{
	const char *base = strrchr(words[0], '/');
	char path[PATH_MAX];
	size_t i = 1;

	inspect_file(words[0], library, t, depth + 1);
	if (t->why_not[0] != '\0' || base == NULL || strcmp(base, "/env") != 0)
		return;
	while (i < n && words[i][0] == '-')
		i++;
	if (i < n && search_path(words[i], path) == 0)
		inspect_file(path, library, t, depth + 1);
}

/* A file that cannot be read is left to the check after the start. */
static void
inspect_file(const char *path, const char *library, struct mg_target *t, int depth)
{
	char head[LINE_BYTES], buf[LINE_BYTES], *words[3];
	int fd = mg_sys_open(path, O_RDONLY, 0);
	ElfW(Ehdr) h;
	ssize_t n;
	size_t count;

	if (fd < 0 || depth > DEPTH_MAX)
		goto out;
	inspect_rights(fd, path, t);
	n = mg_sys_pread(fd, head, sizeof head, 0);
	if (t->why_not[0] != '\0' || n <= 0)
		goto out;
	if (read_header(fd, &h)) {
		inspect_elf(fd, &h, path, library, t);
		goto out;
	}
	count = mg_target_parse_script(head, (size_t)n, buf, sizeof buf, words);
	if (count > 0)
		inspect_script(words, count, library, t, depth);
out:
	if (fd >= 0)
		mg_sys_close(fd);
}

int
mg_target_inspect(const char *command, const char *library, struct mg_target *out)
{
	int err = search_path(command, out->path);

	out->why_not[0] = '\0';
	out->is_harmed = false;
	if (err == 0)
		inspect_file(out->path, library, out, 0);
	return err;
}

int
mg_target_find(const char *command)
{
	char path[PATH_MAX];
	int err = search_path(command, path);

	if (err == 0)
		return 0;
	fprintf(stderr, "memgov: cannot execute '%s': %s\n", command,
	    err == -ENOENT ? "there is no such command"
			   : "it is no executable file, or you may not execute it");
	return err == -ENOENT ? 127 : 126;
}
