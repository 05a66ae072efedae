/* SPDX-License-Identifier: MIT */
/* A set of strings that stay where they are: equal ones are one, so that pointers tell them apart.
 * One thread. */
#ifndef MG_STRINGS_H
#define MG_STRINGS_H

#include <stddef.h>

/* All zero is an empty set. */
struct mg_strings {
	size_t n, cap;
	char **slots;
};

/* Never NULL; "?" without memory. */
const char *mg_strings_add(struct mg_strings *s, const char *text);
void mg_strings_free(struct mg_strings *s);

#endif
