/* SPDX-License-Identifier: MIT */
#include "tools/doc/tables.h"

#include <stddef.h>
#include <string.h>

#include "shim/tables/emit.h"

const char mg_tables_names[] = "options stats commands policies keys subcommands";

struct row {
	const char *term;
	const char *args; /* "" for none */
	const char *help;
};

/* Rows without `printed` are further keys for an action above them. */
static const struct row keys[] = {
#define KEY(key, printed, action, help) { printed, "", help },
#include "tools/top/keys.def"
};

static const struct row subcommands[] = {
#define SUBCOMMAND(word, args, handler, help) { "memgov " #word, args, help },
#include "tools/cli/subcommands.def"
};

static const struct {
	const char *name;
	const char *head;
	const struct row *rows;
	size_t n;
} tables[] = {
	{ "keys", "Key", keys, sizeof keys / sizeof keys[0] },
	{ "subcommands", "Command", subcommands, sizeof subcommands / sizeof subcommands[0] },
};
#define TABLES (sizeof tables / sizeof tables[0])

/* A bar ends a cell, even between backquotes. */
static void
add_escaped(struct mg_text *t, const char *s, char special)
{
	for (; *s != '\0'; s++)
		mg_text_add(t, *s == special ? "\\%c" : "%c", *s);
}

static void
add_markdown_row(struct mg_text *t, const struct row *r)
{
	mg_text_add(t, "| `");
	add_escaped(t, r->term, '|');
	if (r->args[0] != '\0') {
		mg_text_add(t, " ");
		add_escaped(t, r->args, '|');
	}
	mg_text_add(t, "` | ");
	add_escaped(t, r->help, '|');
	mg_text_add(t, " |\n");
}

/* "<" and the like mean something to mdoc only in a macro's arguments, and quotes keep them from
 * it. */
static void
add_mdoc_row(struct mg_text *t, const struct row *r)
{
	mg_text_add(t, ".It Ic \"%s%s%s\"\n", r->term, r->args[0] != '\0' ? " " : "", r->args);
	add_escaped(t, r->help, '\\');
	mg_text_add(t, "\n");
}

static bool
emit(struct mg_text *t, bool markdown, size_t table)
{
	if (markdown)
		mg_text_add(t, "| %s | Meaning |\n|---|---|\n", tables[table].head);
	else
		mg_text_add(t, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < tables[table].n; i++) {
		const struct row *r = &tables[table].rows[i];

		if (r->term[0] == '\0')
			continue;
		if (markdown)
			add_markdown_row(t, r);
		else
			add_mdoc_row(t, r);
	}
	if (!markdown)
		mg_text_add(t, ".El\n");
	return true;
}

bool
mg_tables_emit(struct mg_text *t, const char *format, const char *table)
{
	bool markdown = strcmp(format, "markdown") == 0;

	if (!markdown && strcmp(format, "mdoc") != 0)
		return false;
	for (size_t i = 0; i < TABLES; i++)
		if (strcmp(tables[i].name, table) == 0)
			return emit(t, markdown, i);
	return markdown ? mg_emit_doc_markdown(t, table) : mg_emit_doc_mdoc(t, table);
}
