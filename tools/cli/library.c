/* SPDX-License-Identifier: MIT */
#include "tools/cli/library.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/usage.h"

/* As they stand behind the folder of this program, or absolute. */
static const char *const places[] = {
	"/" MG_LIBRARY_FILE,
	"/../lib/" MG_LIBRARY_FILE,
	"/../lib/x86_64-linux-gnu/" MG_LIBRARY_FILE,
	"/../lib/aarch64-linux-gnu/" MG_LIBRARY_FILE,
	"/../lib64/" MG_LIBRARY_FILE,
};
static const char *const folders[] = { "/usr/local/lib/", "/usr/lib/", "/usr/lib/x86_64-linux-gnu/",
	"/usr/lib/aarch64-linux-gnu/", "/usr/lib64/" };

static bool
take(const char *candidate, char path_out[PATH_MAX])
{
	return realpath(candidate, path_out) != NULL && access(path_out, R_OK) == 0;
}

static bool
find_beside(char path_out[PATH_MAX])
{
	char self[PATH_MAX], candidate[2 * PATH_MAX], *slash;
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (n <= 0)
		return false;
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		snprintf(candidate, sizeof candidate, "%s%s", self, places[i]);
		if (take(candidate, path_out))
			return true;
	}
	return false;
}

static bool
find_usual(char path_out[PATH_MAX])
{
	char candidate[64];

	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		snprintf(candidate, sizeof candidate, "%s" MG_LIBRARY_FILE, folders[i]);
		if (take(candidate, path_out))
			return true;
	}
	return false;
}

bool
mg_library_look(char path_out[PATH_MAX])
{
	return find_beside(path_out) || find_usual(path_out);
}

int
mg_library_find(const char *given, char path_out[PATH_MAX])
{
	if (given != NULL && !take(given, path_out)) {
		fprintf(stderr, "memgov: --lib '%s': %s\n", given, strerror(errno));
		return MG_USAGE_WRONG;
	}
	if (given == NULL && !mg_library_look(path_out)) {
		fputs(
		    "memgov: " MG_LIBRARY_FILE
		    " is neither beside this program, nor in ../lib, nor where libraries usually\n"
		    "memgov: are; say where: memgov run --lib PATH -- COMMAND\n",
		    stderr);
		return MG_USAGE_BROKEN;
	}
	/* LD_PRELOAD is a list, and has no way to quote. */
	if (strpbrk(path_out, " :") != NULL) {
		fprintf(stderr,
		    "memgov: '%s' cannot be preloaded: its path has a blank or a colon; copy it "
		    "elsewhere\n",
		    path_out);
		return MG_USAGE_BROKEN;
	}
	return 0;
}
