/* SPDX-License-Identifier: MIT */
/* The body of a POST: one flat JSON object of text. Outside text. Pure. */
#ifndef MG_POST_H
#define MG_POST_H

#include <stdbool.h>
#include <stddef.h>

#define MG_POST_BYTES 4096 /* of a body */
#define MG_POST_TEXT 400   /* of a name or a value; a request to a process has room for both */

struct mg_post {
	bool has_name, has_value, is_aggressive;
	char name[64], value[MG_POST_TEXT];
};

/*
 * {"name": "...", "value": "..." or a number, "aggressive": true}, each of them or none. NULL, or
 * what is wrong; text that a process would not take as one word is wrong, too.
 */
const char *mg_post_parse(const char *body, size_t n, struct mg_post *out);

#endif
