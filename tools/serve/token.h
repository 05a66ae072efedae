/* SPDX-License-Identifier: MIT */
/* The secret that changing something takes. */
#ifndef MG_TOKEN_H
#define MG_TOKEN_H

#include <stddef.h>

/* 128 random bits in hex. 0 or -errno. */
int mg_token_make(char *buf, size_t n);

/* The first line of a file that is ours alone. NULL, or why it is not accepted. */
const char *mg_token_read(const char *path, char *buf, size_t n);

#endif
