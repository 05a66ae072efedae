/* SPDX-License-Identifier: MIT */
#include "tools/doc/pages.h"

#include <stddef.h>
#include <string.h>

#include "tools/cli/tables.h"
#include "tools/doc/roff.h"

static void
emit_flags(struct mg_text *t, const char *command)
{
	size_t n = 0;

	for (size_t i = 0; i < ROWS(flags); i++) {
		if (strcmp(flags[i].command, command) != 0)
			continue;
		mg_text_add(t, n++ == 0 ? ".Bl -tag -width Ds\n.It Cm " : ".It Cm ");
		mg_roff_arg(t, flags[i].flag);
		mg_text_add(t, "\n");
		mg_roff_text(t, flags[i].help);
	}
	if (n > 0)
		mg_text_add(t, ".El\n");
}

static void
emit_examples(struct mg_text *t, const char *lines)
{
	while (*lines != '\0') {
		size_t n = strcspn(lines, "\n");

		mg_text_add(t, ".Dl ");
		for (size_t i = 0; i < n; i++)
			mg_text_add(t, lines[i] == '-' ? "\\%c" : "%c", lines[i]);
		mg_text_add(t, "\n");
		lines += n + (lines[n] == '\n');
	}
}

static void
emit(struct mg_text *t, const struct mg_subcommand_row *s, const struct mg_page_row *p)
{
	mg_text_add(t, ".Ss %s\n.D1 Ic memgov %s", s->word, s->word);
	if (s->args[0] != '\0') {
		mg_text_add(t, " No ");
		mg_roff_arg(t, s->args);
	}
	mg_text_add(t, "\n.Pp\n");
	mg_roff_text(t, p != NULL ? p->text : s->help);
	emit_flags(t, s->word);
	if (p != NULL && p->more[0] != '\0') {
		mg_text_add(t, ".Pp\n");
		mg_roff_text(t, p->more);
	}
	if (p != NULL && p->examples[0] != '\0') {
		mg_text_add(t, ".Pp\nFor example:\n");
		emit_examples(t, p->examples);
	}
}

void
mg_pages_emit_mdoc(struct mg_text *t)
{
	for (size_t i = 0; i < ROWS(subcommands); i++) {
		const struct mg_page_row *page = NULL;

		for (size_t j = 0; j < ROWS(pages); j++)
			if (strcmp(pages[j].command, subcommands[i].word) == 0)
				page = &pages[j];
		emit(t, &subcommands[i], page);
	}
}
