/* SPDX-License-Identifier: MIT */
/* The file in which memgov-top remembers what toprc.h describes: $XDG_CONFIG_HOME/memgov/toprc, or
 * ~/.config/memgov/toprc. */
#ifndef MG_TOPRCFILE_H
#define MG_TOPRCFILE_H

#include <limits.h>
#include <stddef.h>

#include "tools/top/toprc.h"

/* Where it is; empty when the environment names no place. */
void mg_toprcfile_path(char path[PATH_MAX]);

/* Reads it over the defaults. What is wrong with it goes into `complaint`; a file that is not there
 * is fine. */
void mg_toprcfile_load(const char *path, struct mg_toprc *rc, char *complaint, size_t cap);

/* Writes it as a whole or not at all, with the folders on the way. 0 or -errno. */
int mg_toprcfile_save(const char *path, const struct mg_toprc *loaded, const struct mg_toprc *now);

#endif
