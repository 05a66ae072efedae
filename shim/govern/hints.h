/* SPDX-License-Identifier: MIT */
/*
 * Words to runtimes that keep memory past malloc: python's own arenas, V8's heap. Set in the
 * environment before main, never over what the user set. Also takes memgov out of the environment
 * of children, when that is wanted. Constructor only.
 */
#ifndef MG_HINTS_H
#define MG_HINTS_H

#include "shim/tables/config.h"

void mg_hints_give(const struct mg_config *c);
void mg_hints_drop_children(void);

/* Says it when another allocator stands before this one, preloaded earlier or in the program's
 * file: one line. */
void mg_hints_check_malloc(void);

#endif
