/* SPDX-License-Identifier: MIT */
/* An answer, before it is sent. */
#ifndef MG_RESPONSE_H
#define MG_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define MG_RESPONSE_JSON "application/json; charset=utf-8"

struct mg_response {
	unsigned status;
	const char *type;
	char *body; /* on the heap, unless it is_static */
	size_t n;
	bool is_static;
	const char *etag;  /* NULL: none */
	const char *allow; /* methods, with status 405 */
};

/* {"error": "..."} */
__attribute__((format(printf, 3, 4))) void mg_response_error(
    struct mg_response *r, unsigned status, const char *fmt, ...);

/* What is written into the file is the body, once it is closed by mg_response_close(). NULL without
 * memory, and the answer says so. */
FILE *mg_response_open(struct mg_response *r, const char *type);
void mg_response_close(struct mg_response *r, FILE *f);

/* Instead of that: there is no memory for the rest, which the answer says. */
void mg_response_fail(struct mg_response *r, FILE *f);

void mg_response_free(struct mg_response *r);

#endif
