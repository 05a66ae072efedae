/* SPDX-License-Identifier: MIT */
/* Characters of the screen: from and to UTF-8, their stand-ins in ASCII, their width. */
#ifndef MG_GLYPH_H
#define MG_GLYPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The character at *s; moves *s behind it. U+FFFD for what is no UTF-8. */
uint32_t mg_glyph_decode(const char **s);

/* As UTF-8, NUL-terminated: its length. */
size_t mg_glyph_encode(uint32_t glyph, char out[5]);

/* What may be shown for it: control characters of a process's name must not reach the terminal,
 * and without UTF-8 nothing but ASCII may. */
uint32_t mg_glyph_printable(uint32_t glyph, bool ascii);

/* Columns that it takes; 0 for those that combine with the one before. */
int mg_glyph_columns(uint32_t glyph);

#endif
