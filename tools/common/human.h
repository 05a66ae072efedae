/* SPDX-License-Identifier: MIT */
/* Numbers for people, in few columns, beside those of text.h. Pure. */
#ifndef MG_HUMAN_H
#define MG_HUMAN_H

#include <stdint.h>

#include "shim/base/text.h"

/* A count in thousands, at most 5 columns: "0", "99999", "123K", "1.2M". */
void mg_human_add_count(struct mg_text *t, uint64_t n);

/* A change of bytes: "+1.0M", "-3K", "0". */
void mg_human_add_signed(struct mg_text *t, double bytes);

/* A span of time, at most 6 columns: "340ms", "12.3s", "2m05s", "2h13m", "3d04h", "400d". */
void mg_human_add_span(struct mg_text *t, uint64_t ms);

/* Time until something happens: "now", or a span. */
void mg_human_add_wait(struct mg_text *t, uint64_t ms);

/* The same as values, for printf: mg_human_bytes(n).text, good until the end of the expression. */
struct mg_human {
	char text[24];
};
struct mg_human mg_human_bytes(uint64_t bytes);
struct mg_human mg_human_signed(double bytes);
struct mg_human mg_human_count(uint64_t n);
struct mg_human mg_human_signed_count(int64_t n); /* "+12", "-1.2M", "0" */
struct mg_human mg_human_span(uint64_t ms);

#endif
