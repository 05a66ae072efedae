/* SPDX-License-Identifier: MIT */
/*
 * Blocks that the C library's own allocator made: from dlmopen'ed namespaces, or code that calls it
 * past the usual names (H15). Its functions are taken from libc's own handle, because libmimalloc
 * exports names like __libc_free as well. Looked up at the first such block. And those of
 * mi_malloc, which a program may have called itself: never charged, so they must not be taken for
 * ours. Any thread.
 */
#ifndef MG_FOREIGN_H
#define MG_FOREIGN_H

#include <stddef.h>

void mg_foreign_free(void *p);
size_t mg_foreign_usable(void *p); /* 0 when there is no telling */

#endif
