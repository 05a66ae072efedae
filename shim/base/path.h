/* SPDX-License-Identifier: MIT */
/*
 * Paths that users give. A program may change its folder, so a relative one is resolved at start.
 * Raw system calls; errno is kept.
 */
#ifndef MG_PATH_H
#define MG_PATH_H

#include <stdbool.h>
#include <stddef.h>

bool mg_path_is_relative(const char *path);

/* Puts the working folder in front of a relative path. One that does not fit into `cap`, or whose
 * folder cannot be told, stays as it is. */
void mg_path_resolve(char *path, size_t cap);

#endif
