/* SPDX-License-Identifier: MIT */
#include "tools/doc/readme.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tools/doc/tables.h"

static const char opening[] = "<!-- memgov-doc ";
static const char closing[] = "<!-- /memgov-doc -->";

static size_t
line_length(const char *line)
{
	size_t n = strcspn(line, "\n");

	return line[n] == '\n' ? n + 1 : n;
}

static void
add_bytes(struct mg_text *t, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		mg_text_add(t, "%c", s[i]);
}

/* "<!-- memgov-doc options -->" -> "options"; false for any other line. */
static bool
parse_opening(const char *line, char *name, size_t cap)
{
	size_t n;

	if (strncmp(line, opening, sizeof opening - 1) != 0)
		return false;
	line += sizeof opening - 1;
	n = strcspn(line, " \n");
	if (n == 0 || n >= cap || strncmp(line + n, " -->", 4) != 0)
		return false;
	memcpy(name, line, n);
	name[n] = '\0';
	return true;
}

/* The line that closes the block; NULL when there is none before the next one opens. */
static const char *
find_end(const char *line)
{
	while (*line != '\0') {
		if (strncmp(line, closing, sizeof closing - 1) == 0)
			return line;
		if (strncmp(line, opening, sizeof opening - 1) == 0)
			return NULL;
		line += line_length(line);
	}
	return NULL;
}

static int
fail(struct mg_readme_report *r, size_t line, const char *error)
{
	r->bad_line = line;
	r->error = error;
	return -EINVAL;
}

/* One block: `body` is what follows its first line. *end_out is its last line. */
static int
rewrite_block(const char *name, const char *body, size_t line, struct mg_text *out,
    struct mg_readme_report *r, const char **end_out)
{
	const char *end = find_end(body);
	size_t before = out->len, old = end != NULL ? (size_t)(end - body) : 0;

	if (end == NULL)
		return fail(r, line, "the block has no <!-- /memgov-doc -->");
	if (!mg_tables_emit(out, "markdown", name))
		return fail(r, line, "there is no such table");
	r->blocks++;
	if (out->len - before != old || memcmp(out->buf + before, body, old) != 0) {
		if (r->stale++ == 0)
			snprintf(r->first_stale, sizeof r->first_stale, "%s", name);
	}
	*end_out = end;
	return 0;
}

int
mg_readme_rewrite(const char *page, struct mg_text *out, struct mg_readme_report *report)
{
	size_t line = 1;
	char name[32];

	*report = (struct mg_readme_report){ 0 };
	while (*page != '\0') {
		size_t n = line_length(page);
		const char *end = page + n;
		int err = 0;

		add_bytes(out, page, n);
		if (parse_opening(page, name, sizeof name))
			err = rewrite_block(name, page + n, line, out, report, &end);
		if (err != 0)
			return err;
		for (; page < end; page += line_length(page))
			line++;
	}
	return out->cut ? -ENOSPC : 0;
}
