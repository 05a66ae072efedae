/* SPDX-License-Identifier: MIT */
/* Memory for a command that has no other way on: where there is none, it says so and ends. */
#ifndef MG_NEED_H
#define MG_NEED_H

#include <stddef.h>

/* Says that there is not enough memory, and ends. */
__attribute__((noreturn)) void mg_need_failed(void);

/* Never NULL; zeroed, to be freed. */
void *mg_need_zeroed(size_t n, size_t size);

/* Room for one more behind `n` entries of `list`, which is NULL at first. Never NULL. */
void *mg_need_more(void *list, size_t n, size_t size);

#endif
