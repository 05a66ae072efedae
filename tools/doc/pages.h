/* SPDX-License-Identifier: MIT */
/* What `memgov help` says about every subcommand, for its manual page. Pure. */
#ifndef MG_PAGES_H
#define MG_PAGES_H

#include "shim/base/text.h"

/* A section of mdoc for each subcommand. */
void mg_pages_emit_mdoc(struct mg_text *t);

#endif
