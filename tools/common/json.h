/* SPDX-License-Identifier: MIT */
/* JSON into a file. */
#ifndef MG_JSON_H
#define MG_JSON_H

#include <stdio.h>

/* In quotes, escaped; null for NULL. */
void mg_json_write_text(FILE *f, const char *s);

/* The same on standard output. */
void mg_json_print_text(const char *s);

#endif
