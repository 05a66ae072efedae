/* SPDX-License-Identifier: MIT */
/* Text for people in lines that fit the screen. Not for texts of others: bytes are written as they
 * are. */
#ifndef MG_WRAP_H
#define MG_WRAP_H

#include <stdio.h>

/* Words of `text`, which blanks part, below each other from column `indent`, where the cursor
 * stands, up to column `width`; a longer word stands alone. Ends the line. */
void mg_wrap_print(FILE *f, const char *text, size_t indent, size_t width);

/* The same for a list of arguments: "[--top N]" stays in one piece. */
void mg_wrap_print_usage(FILE *f, const char *args, size_t indent, size_t width);

#endif
