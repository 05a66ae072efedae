/* SPDX-License-Identifier: MIT */
#include "shim/base/path.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FOLDER_BYTES 1024

bool
mg_path_is_relative(const char *path)
{
	return path[0] != '/' && path[0] != '\0';
}

void
mg_path_resolve(char *path, size_t cap)
{
	int saved = errno;
	char folder[FOLDER_BYTES];
	size_t n, len = strlen(path);
	/* The kernel's length counts the NUL, and a folder out of reach is "(unreachable)/x". */
	long got = syscall(SYS_getcwd, folder, sizeof folder);

	errno = saved;
	if (!mg_path_is_relative(path) || got <= 1 || folder[0] != '/')
		return;
	n = (size_t)got - 1;
	n -= n == 1; /* "/" */
	if (n + 1 + len + 1 > cap)
		return;
	memmove(path + n + 1, path, len + 1);
	memcpy(path, folder, n);
	path[n] = '/';
}
