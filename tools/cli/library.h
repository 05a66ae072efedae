/* SPDX-License-Identifier: MIT */
/* Where libmemgov.so is. */
#ifndef MG_LIBRARY_H
#define MG_LIBRARY_H

#include <limits.h>
#include <stdbool.h>

#define MG_LIBRARY_FILE "libmemgov.so"

/*
 * Its absolute path, without links: `given`, or (given NULL) beside this program, in ../lib, or
 * where libraries usually are. 0; or an exit status, and it is said what was looked for and where.
 */
int mg_library_find(const char *given, char path_out[PATH_MAX]);

/* The same without `given` and in silence; false when there is none. */
bool mg_library_look(char path_out[PATH_MAX]);

#endif
