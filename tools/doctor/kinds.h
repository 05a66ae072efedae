/* SPDX-License-Identifier: MIT */
/* Typical sizes of programs, from kinds.def. Pure. */
#ifndef MG_KINDS_H
#define MG_KINDS_H

#include <stdint.h>

struct mg_kind {
	const char *name;
	uint64_t low_bytes, high_bytes; /* typical RSS of one process */
};

/* NULL for a program that the table does not know. */
const struct mg_kind *mg_kinds_find(const char *program);

#endif
