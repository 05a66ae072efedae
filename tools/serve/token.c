/* SPDX-License-Identifier: MIT */
#include "tools/serve/token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTES 16
#define LEAST 16 /* characters of a token that somebody chose */

int
mg_token_make(char *buf, size_t n)
{
	unsigned char bytes[BYTES];

	if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
		return -EIO;
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(buf + 2 * i, n - 2 * i, "%02x", bytes[i]);
	return 0;
}

static const char *
read_line(int fd, char *buf, size_t n)
{
	struct stat st;
	ssize_t got;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return "it is no file";
	if (st.st_uid != geteuid())
		return "it belongs to another user";
	if ((st.st_mode & 077) != 0)
		return "others may read it; `chmod 600` it";
	got = read(fd, buf, n - 1);
	if (got < 0)
		return strerror(errno);
	buf[got] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	if (strlen(buf) < LEAST || (size_t)got == n - 1)
		return "its first line is no token; accepted are 16 to 127 characters without "
		       "blanks";
	for (const char *c = buf; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			return "its first line has blanks or characters beyond ASCII in it";
	return NULL;
}

const char *
mg_token_read(const char *path, char *buf, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *why;

	if (fd == -1)
		return strerror(errno);
	why = read_line(fd, buf, n);
	close(fd);
	return why;
}
