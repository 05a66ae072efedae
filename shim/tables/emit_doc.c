/* SPDX-License-Identifier: MIT */
#include "shim/tables/emit.h"

#include <string.h>

#define FACTS 3
#define SCRATCH_BYTES 96
#define ROWS(table) (sizeof table / sizeof table[0])

enum { CHANGES = 1, LONG = 2 };

/* One row of a table for people. */
struct entry {
	const char *term;
	const char *facts[FACTS]; /* "" for none */
	const char *doc;
	char scratch[SCRATCH_BYTES]; /* for a text that is no literal */
};

/* Fills `e` with row i. */
typedef void fill_fn(size_t i, struct entry *e);

static void
fill_option(size_t i, struct entry *e)
{
	const struct mg_option *o = &mg_config_options[i];

	e->term = o->env;
	e->facts[0] = o->def[0] != '\0' ? o->def : "empty";
	e->facts[1] = o->accepts;
	e->facts[2] = o->flags & MG_OPT_RUNTIME ? "any time" : "at start";
	e->doc = o->doc;
}

static void
fill_stat(size_t i, struct entry *e)
{
	static const char *const kinds[] = {
		[MG_STAT_LABEL] = "label",
		[MG_STAT_COUNTER] = "counter",
		[MG_STAT_GAUGE] = "gauge",
		[MG_STAT_PEAK] = "peak",
	};
	const struct mg_stat *stat = &mg_snapshot_stats[i];
	struct mg_text name;

	mg_text_init(&name, e->scratch, sizeof e->scratch);
	if (stat->offset == offsetof(struct mg_snapshot, pid) ||
	    stat->offset == offsetof(struct mg_snapshot, command))
		mg_text_add(&name, "label %s", stat->name);
	else
		mg_emit_metric_name(&name, stat);
	e->term = stat->name;
	e->facts[0] = kinds[stat->kind];
	e->facts[1] = e->scratch;
	e->doc = stat->help;
}

static const struct {
	const char *word;
	const char *args;
	const char *help;
	unsigned flags;
} commands[] = {
#define COMMAND(word, args, min, max, flags, help) { #word, args, help, flags },
#include "shim/tables/commands.def"
};

void
mg_emit_commands_text(struct mg_text *t)
{
	for (size_t i = 0; i < ROWS(commands); i++) {
		size_t width = strlen(commands[i].word) + 1;

		mg_text_add(t, "%s %s", commands[i].word, commands[i].args);
		for (width += strlen(commands[i].args); width < 28; width++)
			mg_text_add(t, " ");
		mg_text_add(t, "  %s\n", commands[i].help);
	}
}

static void
fill_command(size_t i, struct entry *e)
{
	struct mg_text usage;

	mg_text_init(&usage, e->scratch, sizeof e->scratch);
	mg_text_add(&usage, commands[i].args[0] != '\0' ? "%s %s" : "%s", commands[i].word,
	    commands[i].args);
	e->term = e->scratch;
	e->facts[0] = commands[i].flags & CHANGES ? "yes" : "no";
	e->doc = commands[i].help;
}

static const struct {
	const char *name;
	const char *doc;
} policies[] = {
#define POLICY(name, doc) { #name, doc },
#include "policies/policies.def"
};

static void
fill_policy(size_t i, struct entry *e)
{
	e->term = policies[i].name;
	e->doc = policies[i].doc;
}

static const struct doc {
	const char *table;
	const char *macro;            /* of mdoc, for the term */
	const char *heads[FACTS + 1]; /* of the term, then of each fact; NULL behind the last */
	fill_fn *fill;
	size_t
	    rows; /* 0: mg_config_option_count or mg_snapshot_stat_count, which are no constants */
} docs[] = {
	{ "options", "Ev", { "Variable", "Default", "Accepts", "Set" }, fill_option, 0 },
	{ "stats", "Va", { "Statistic", "Kind", "Prometheus" }, fill_stat, 0 },
	{ "commands", "Ic", { "Command", "Changes the process" }, fill_command, ROWS(commands) },
	{ "policies", "Ic", { "Policy" }, fill_policy, ROWS(policies) },
};

static const struct doc *
find_doc(const char *table)
{
	for (size_t i = 0; i < ROWS(docs); i++)
		if (strcmp(table, docs[i].table) == 0)
			return &docs[i];
	return NULL;
}

static size_t
count_rows(const struct doc *d)
{
	if (d->rows > 0)
		return d->rows;
	return d->fill == fill_option ? mg_config_option_count : mg_snapshot_stat_count;
}

static size_t
count_facts(const struct doc *d)
{
	size_t n = 0;

	while (n < FACTS && d->heads[n + 1] != NULL)
		n++;
	return n;
}

/* A bar ends a cell, even between backquotes. */
static void
add_cell(struct mg_text *t, const char *quote, const char *s)
{
	mg_text_add(t, " %s", quote);
	for (; *s != '\0'; s++)
		mg_text_add(t, *s == '|' ? "\\%c" : "%c", *s);
	mg_text_add(t, "%s |", quote);
}

static void
add_markdown_head(struct mg_text *t, const struct doc *d)
{
	size_t facts = count_facts(d);

	mg_text_add(t, "|");
	for (size_t i = 0; i <= facts; i++)
		add_cell(t, "", d->heads[i]);
	mg_text_add(t, " Meaning |\n|---|");
	for (size_t i = 0; i <= facts; i++)
		mg_text_add(t, "---|");
	mg_text_add(t, "\n");
}

bool
mg_emit_doc_markdown(struct mg_text *t, const char *table)
{
	const struct doc *d = find_doc(table);

	if (d == NULL)
		return false;
	add_markdown_head(t, d);
	for (size_t i = 0; i < count_rows(d); i++) {
		struct entry e = { 0 };

		d->fill(i, &e);
		mg_text_add(t, "|");
		add_cell(t, "`", e.term);
		for (size_t j = 0; j < count_facts(d); j++)
			add_cell(t, "", e.facts[j]);
		add_cell(t, "", e.doc);
		mg_text_add(t, "\n");
	}
	return true;
}

/* A text line: a leading control character would make it a request, a backslash an escape. */
static void
add_mdoc_text(struct mg_text *t, const char *s)
{
	if (*s == '.' || *s == '\'')
		mg_text_add(t, "\\&");
	for (; *s != '\0'; s++)
		mg_text_add(t, *s == '\\' ? "\\e" : "%c", *s);
}

static void
add_mdoc_facts(struct mg_text *t, const struct doc *d, const struct entry *e)
{
	size_t facts = count_facts(d);

	for (size_t i = 0; i < facts; i++) {
		mg_text_add(t, i == 0 ? "%s: " : "; %s: ", d->heads[i + 1]);
		add_mdoc_text(t, e->facts[i]);
	}
	if (facts > 0)
		mg_text_add(t, ".\n");
}

bool
mg_emit_doc_mdoc(struct mg_text *t, const char *table)
{
	const struct doc *d = find_doc(table);

	if (d == NULL)
		return false;
	mg_text_add(t, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < count_rows(d); i++) {
		struct entry e = { 0 };

		d->fill(i, &e);
		mg_text_add(t, ".It %s \"%s\"\n", d->macro, e.term);
		add_mdoc_text(t, e.doc);
		mg_text_add(t, "\n");
		add_mdoc_facts(t, d, &e);
	}
	mg_text_add(t, ".El\n");
	return true;
}
