/* SPDX-License-Identifier: MIT */
#include "tools/top/recfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "tools/top/recline.h"

#define WRITE_BYTES 131072
/* What stands within so much (and what it was compressed from) before a damage is lost to it. */
#define READ_BYTES 8192

struct mg_recfile {
	gzFile gz;
	int fd;
	uint64_t number;
	char line[MG_RECLINE_BYTES];
};

static struct mg_recfile *
open_fd(int fd, const char *mode)
{
	struct mg_recfile *f = fd != -1 ? calloc(1, sizeof *f) : NULL;

	if (f == NULL) {
		if (fd != -1)
			close(fd);
		return NULL;
	}
	f->fd = fd;
	f->gz = gzdopen(fd, mode);
	if (f->gz == NULL) {
		close(fd);
		free(f);
		errno = ENOMEM;
		return NULL;
	}
	gzbuffer(f->gz, mode[0] == 'r' ? READ_BYTES : WRITE_BYTES);
	return f;
}

struct mg_recfile *
mg_recfile_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	/* A pipe could not be gone back in. */
	if (fd != -1 && fstat(fd, &st) == 0 && !S_ISREG(st.st_mode)) {
		close(fd);
		errno = S_ISDIR(st.st_mode) ? EISDIR : ESPIPE;
		return NULL;
	}
	return open_fd(fd, "r");
}

int
mg_recfile_line(struct mg_recfile *f, char **line_out)
{
	char *end;
	int err;

	if (gzgets(f->gz, f->line, sizeof f->line) == NULL) {
		gzerror(f->gz, &err);
		return err == Z_OK || err == Z_STREAM_END ? 0 : -EIO;
	}
	/* Also with a NUL in it. */
	end = strchr(f->line, '\n');
	if (end == NULL)
		return -EIO;
	*end = '\0';
	f->number++;
	*line_out = f->line;
	return 1;
}

uint64_t
mg_recfile_number(const struct mg_recfile *f)
{
	return f->number;
}

void
mg_recfile_rewind(struct mg_recfile *f)
{
	gzrewind(f->gz);
	f->number = 0;
}

int
mg_recfile_close(struct mg_recfile *f)
{
	int err;

	errno = 0;
	err = gzclose(f->gz);
	free(f);
	if (err == Z_OK || err == Z_BUF_ERROR)
		return 0;
	return errno != 0 ? -errno : -EIO;
}

/* What is there must be a recording up to its end, or nobody could read what is added. */
static int
check(const char *path, char why[MG_RECFILE_WHY])
{
	struct mg_recfile *f = mg_recfile_open(path);
	struct mg_recline l = { .kind = MG_RECLINE_UNKNOWN };
	char *line;
	int got = 0;

	if (f == NULL) {
		snprintf(why, MG_RECFILE_WHY, "%s", strerror(errno));
		return -1;
	}
	got = mg_recfile_line(f, &line);
	if (got == 1 && (mg_recline_parse(line, &l) != 0 || l.kind != MG_RECLINE_SESSION)) {
		snprintf(
		    why, MG_RECFILE_WHY, "it is there already and no recording; name another file");
		mg_recfile_close(f);
		return -1;
	}
	while (got == 1)
		got = mg_recfile_line(f, &line);
	if (got < 0)
		snprintf(why, MG_RECFILE_WHY,
		    "its end is damaged behind line %lu, and nothing can be added; name another "
		    "file",
		    (unsigned long)f->number);
	mg_recfile_close(f);
	return got;
}

struct mg_recfile *
mg_recfile_append(const char *path, char why[MG_RECFILE_WHY])
{
	struct mg_recfile *f;
	struct stat st;
	int fd;

	if (stat(path, &st) == 0 && st.st_size > 0 && check(path, why) != 0)
		return NULL;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	f = open_fd(fd, "a");
	if (f == NULL)
		snprintf(why, MG_RECFILE_WHY, "%s", strerror(errno));
	return f;
}

int
mg_recfile_write(struct mg_recfile *f, const char *text, size_t n)
{
	errno = 0;
	if (n == 0 || gzwrite(f->gz, text, (unsigned)n) == (int)n)
		return 0;
	return errno != 0 ? -errno : -EIO;
}

int
mg_recfile_flush(struct mg_recfile *f)
{
	errno = 0;
	if (gzflush(f->gz, Z_SYNC_FLUSH) == Z_OK)
		return 0;
	return errno != 0 ? -errno : -EIO;
}

uint64_t
mg_recfile_bytes(const struct mg_recfile *f)
{
	struct stat st;

	return fstat(f->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}
