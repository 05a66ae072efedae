/* SPDX-License-Identifier: MIT */
/* JSON on standard output. */
#ifndef MG_JSON_H
#define MG_JSON_H

/* In quotes, escaped; null for NULL. */
void mg_json_print_text(const char *s);

#endif
