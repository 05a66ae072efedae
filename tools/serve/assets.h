/* SPDX-License-Identifier: MIT */
/* The files of the page, as they were when the program was built. Pure. */
#ifndef MG_ASSETS_H
#define MG_ASSETS_H

#include <stddef.h>

struct mg_asset {
	const char *name; /* "page.js" */
	const char *type; /* of its content */
	const char *bytes;
	size_t n;
	char etag[24]; /* quoted */
};

/* NULL when there is none of that name. */
const struct mg_asset *mg_assets_find(const char *name);

/* Once, before any thread may look: names their contents. */
void mg_assets_init(void);

#endif
