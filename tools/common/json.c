/* SPDX-License-Identifier: MIT */
#include "tools/common/json.h"

#include <stdlib.h>
#include <string.h>

#include "shim/base/text.h"

void
mg_json_write_text(FILE *f, const char *s)
{
	size_t cap;
	struct mg_text t;
	char *buf;

	if (s == NULL) {
		fputs("null", f);
		return;
	}
	cap = 6 * strlen(s) + 3; /* each byte as \u001f */
	buf = malloc(cap);
	if (buf == NULL) {
		fputs("\"\"", f);
		return;
	}
	mg_text_init(&t, buf, cap);
	mg_text_add_json(&t, s);
	fputs(buf, f);
	free(buf);
}

void
mg_json_print_text(const char *s)
{
	mg_json_write_text(stdout, s);
}
