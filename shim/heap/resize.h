/* SPDX-License-Identifier: MIT */
/*
 * realloc. A resize is neither an allocation nor a release, whether or not the block moves: engines
 * differ in that.
 */
#ifndef MG_RESIZE_H
#define MG_RESIZE_H

#include <stddef.h>

/* p != NULL and n > 0. NULL with errno ENOMEM, p untouched. */
void *mg_resize(void *p, size_t n);

#endif
