/* SPDX-License-Identifier: MIT */
#include "tools/doc/tables.h"

#include <stddef.h>
#include <string.h>

#include "shim/tables/emit.h"
#include "tools/doc/roff.h"

const char mg_tables_names[] =
    "options stats commands policies keys subcommands flags headings kinds";

struct row {
	const char *letter; /* a shorter way to type it; "" for none */
	const char *term;
	const char *args; /* "" for none */
	const char *help;
};

/* Rows without `printed` are further keys for an action above them. */
static const struct row keys[] = {
#define KEY(key, printed, action, help) { "", printed, "", help },
#include "tools/top/keys.def"
};

static const struct row subcommands[] = {
#define SUBCOMMAND(word, args, handler, help) { "", "memgov " #word, args, help },
#include "tools/cli/subcommands.def"
};

/* Of memgov-top. */
static const struct row flags[] = {
#define FLAG(id, name, letter, value, help) { letter, "--" name, value, help },
#include "tools/top/flags.def"
};

/* Titles of columns. */
static const struct row headings[] = {
#define LABEL(name, size, heading, help) { "", heading, "", help },
#define STAT(kind, name, unit, source, heading, help) { "", heading, "", help },
#include "shim/tables/stats.def"
};

/* Of programs that the doctor knows. */
static const struct row kinds[] = {
#define KIND(name, low_mb, high_mb) { "", name, "", #low_mb "M to " #high_mb "M." },
#include "tools/doctor/kinds.def"
};

static const struct {
	const char *name;
	const char *head;
	const struct row *rows;
	size_t n;
} tables[] = {
	{ "keys", "Key", keys, sizeof keys / sizeof keys[0] },
	{ "subcommands", "Command", subcommands, sizeof subcommands / sizeof subcommands[0] },
	{ "flags", "Option", flags, sizeof flags / sizeof flags[0] },
	{ "headings", "Column", headings, sizeof headings / sizeof headings[0] },
	{ "kinds", "Program", kinds, sizeof kinds / sizeof kinds[0] },
};
#define TABLES (sizeof tables / sizeof tables[0])

/* A bar ends a cell, even between backquotes. */
static void
add_escaped(struct mg_text *t, const char *s)
{
	for (; *s != '\0'; s++)
		mg_text_add(t, *s == '|' ? "\\%c" : "%c", *s);
}

static void
add_markdown_row(struct mg_text *t, const struct row *r)
{
	mg_text_add(t, r->letter[0] != '\0' ? "| `-%s`, `" : "| `", r->letter);
	add_escaped(t, r->term);
	if (r->args[0] != '\0') {
		mg_text_add(t, " ");
		add_escaped(t, r->args);
	}
	mg_text_add(t, "` | ");
	add_escaped(t, r->help);
	mg_text_add(t, " |\n");
}

static void
add_mdoc_row(struct mg_text *t, const struct row *r)
{
	mg_text_add(t, ".It Ic ");
	if (r->letter[0] != '\0')
		mg_text_add(t, "\\-%s , Ic ", r->letter);
	mg_roff_arg(t, r->term);
	if (r->args[0] != '\0') {
		mg_text_add(t, " ");
		mg_roff_arg(t, r->args);
	}
	mg_text_add(t, "\n");
	mg_roff_text(t, r->help);
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
