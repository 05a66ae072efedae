/* SPDX-License-Identifier: MIT */
/* What memgov's help, its completion and its manual page say: the rows of *.def as arrays, which
 * each of them has for itself. */
#ifndef MG_TABLES_H
#define MG_TABLES_H

#define ROWS(table) (sizeof table / sizeof table[0])

struct mg_subcommand_row {
	const char *word;
	const char *args;
	const char *help;
};

struct mg_flag_row {
	const char *command;
	const char *flag; /* "--json", "--top N", "--watch[=TIME]" */
	const char *help;
};

struct mg_page_row {
	const char *command;
	const char *text;
	const char *examples;
	const char *more;
};

static const struct mg_subcommand_row subcommands[] __attribute__((unused)) = {
#define SUBCOMMAND(word, args, handler, help) { #word, args, help },
#include "tools/cli/subcommands.def"
};

static const struct mg_flag_row flags[] __attribute__((unused)) = {
#define FLAG(command, flag, help) { #command, flag, help },
#include "tools/cli/flags.def"
};

static const struct mg_page_row pages[] __attribute__((unused)) = {
#define PAGE(command, text, examples, more) { #command, text, examples, more },
#include "tools/cli/pages.def"
};

#endif
