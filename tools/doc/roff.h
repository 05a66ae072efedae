/* SPDX-License-Identifier: MIT */
/* Plain text as mdoc, which groff and mandoc print alike. Pure. */
#ifndef MG_ROFF_H
#define MG_ROFF_H

#include "shim/base/text.h"

/* A paragraph: lines that are short, sentences that begin one, what stands between backquotes bold.
 * Ends the line. */
void mg_roff_text(struct mg_text *t, const char *s);

/* In quotes: one argument of a macro. */
void mg_roff_arg(struct mg_text *t, const char *s);

#endif
