/* SPDX-License-Identifier: MIT */
/* Every table that documentation is made from: those of the library, and those of the tools. Pure.
 */
#ifndef MG_TABLES_H
#define MG_TABLES_H

#include <stdbool.h>

#include "shim/base/text.h"

/* "options stats commands ...". */
extern const char mg_tables_names[];

/* False when there is no such table or no such format ("markdown", "mdoc"). */
bool mg_tables_emit(struct mg_text *t, const char *format, const char *table);

#endif
