/* SPDX-License-Identifier: MIT */
#include "tools/doc/manual.h"

#include <errno.h>
#include <string.h>

#include "tools/doc/pages.h"
#include "tools/doc/tables.h"

static const char marker[] = ".\\\" memgov-doc ";

static bool
expand_line(const char *line, size_t n, struct mg_text *out)
{
	char table[32];
	size_t skip = sizeof marker - 1;

	if (n <= skip || strncmp(line, marker, skip) != 0) {
		for (size_t i = 0; i < n; i++)
			mg_text_add(out, "%c", line[i]);
		mg_text_add(out, "\n");
		return true;
	}
	if (n - skip >= sizeof table)
		return false;
	memcpy(table, line + skip, n - skip);
	table[n - skip] = '\0';
	if (strcmp(table, "pages") != 0)
		return mg_tables_emit(out, "mdoc", table);
	mg_pages_emit_mdoc(out);
	return true;
}

int
mg_manual_expand(const char *page, struct mg_text *out, size_t *bad_line_out)
{
	size_t line = 0;

	while (*page != '\0') {
		size_t n = strcspn(page, "\n");

		line++;
		if (!expand_line(page, n, out)) {
			*bad_line_out = line;
			return -EINVAL;
		}
		page += n + (page[n] == '\n');
	}
	return out->cut ? -ENOSPC : 0;
}
