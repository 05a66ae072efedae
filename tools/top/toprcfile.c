/* SPDX-License-Identifier: MIT */
#include "tools/top/toprcfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More is no file of ours. */
#define TEXT_BYTES 65536

void
mg_toprcfile_path(char path[PATH_MAX])
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int n = 0;

	if (config != NULL && config[0] == '/')
		n = snprintf(path, PATH_MAX, "%s/memgov/toprc", config);
	else if (home != NULL && home[0] == '/')
		n = snprintf(path, PATH_MAX, "%s/.config/memgov/toprc", home);
	if (n <= 0 || n >= PATH_MAX)
		path[0] = '\0';
}

/* The whole text, empty without a file. 0 or -errno. */
static int
read_text(const char *path, char text[TEXT_BYTES])
{
	FILE *f = fopen(path, "re");
	size_t n;
	int err;

	text[0] = '\0';
	if (f == NULL)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	n = fread(text, 1, TEXT_BYTES - 1, f);
	text[n] = '\0';
	err = ferror(f) ? -EIO : n == TEXT_BYTES - 1 ? -EFBIG : strlen(text) != n ? -EILSEQ : 0;
	fclose(f);
	return err;
}

void
mg_toprcfile_load(const char *path, struct mg_toprc *rc, char *complaint, size_t cap)
{
	static char text[TEXT_BYTES];
	char line[200];
	int err;

	complaint[0] = '\0';
	mg_toprc_init(rc);
	if (path[0] == '\0')
		return;
	err = read_text(path, text);
	if (err != 0) {
		snprintf(complaint, cap, "%s cannot be read: %s", path, strerror(-err));
		return;
	}
	mg_toprc_parse(text, rc, line, sizeof line);
	if (line[0] != '\0')
		snprintf(complaint, cap, "toprc, %s", line);
}

/* The folders that the file is in: of ~/.config, nobody else's business. */
static void
make_folders(const char *path)
{
	char folder[PATH_MAX];

	snprintf(folder, sizeof folder, "%s", path);
	for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(folder, 0700);
		*slash = '/';
	}
}

static int
write_text(const char *path, const char *text)
{
	char temporary[PATH_MAX + 8];
	size_t n = strlen(text);
	int fd, err = 0;

	snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
	fd = mkstemp(temporary);
	if (fd == -1)
		return -errno;
	errno = 0;
	if (write(fd, text, n) != (ssize_t)n)
		err = errno != 0 ? -errno : -ENOSPC;
	if (close(fd) == -1 && err == 0)
		err = -errno;
	if (err == 0 && rename(temporary, path) == -1)
		err = -errno;
	if (err != 0)
		unlink(temporary);
	return err;
}

int
mg_toprcfile_save(const char *path, const struct mg_toprc *loaded, const struct mg_toprc *now)
{
	static char text[TEXT_BYTES];
	char real[PATH_MAX];
	char *printed;
	int err = read_text(path, text);

	if (err != 0)
		return err;
	if (text[0] == '\0')
		snprintf(text, sizeof text, "# What memgov-top remembers. It keeps remarks.\n");
	printed = mg_toprc_print(text, loaded, now);
	if (printed == NULL)
		return -ENOMEM;
	make_folders(path);
	/* A link to where somebody keeps such files stays one. */
	err = write_text(realpath(path, real) != NULL ? real : path, printed);
	free(printed);
	return err;
}
