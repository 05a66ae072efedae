/* SPDX-License-Identifier: MIT */
#include "tools/cli/completion.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "tools/cli/completion_offer.h"
#include "tools/cli/tables.h"

#define TOP "memgov-top"
#define WORD 64 /* longer than any word of the tables */

static const struct flag {
	const char *command; /* a subcommand, or memgov-top */
	const char *letter;  /* its short form, or "" */
	const char *flag;    /* "--json", "--top N", "--watch[=TIME]" */
	const char *help;
} all_flags[] = {
#define FLAG(command, flag, help) { #command, "", flag, help },
#include "tools/cli/flags.def"
#define FLAG(id, name, letter, value, help) { TOP, letter, "--" name " " value, help },
#include "tools/top/flags.def"
};

static size_t
flag_length(const struct flag *f)
{
	return strcspn(f->flag, " [");
}

/* Where its value is described; "" when it has none. */
static const char *
flag_value(const struct flag *f)
{
	const char *p = f->flag + flag_length(f);

	return p + strspn(p, " [=");
}

static bool
is_flag(const struct mg_offer *r, const struct flag *f, const char *word, size_t n)
{
	if (strcmp(f->command, r->command) != 0)
		return false;
	return (n == flag_length(f) && strncmp(f->flag, word, n) == 0) ||
	       (n == 2 && word[0] == '-' && f->letter[0] != '\0' && word[1] == f->letter[0]);
}

/* Whether the word behind this one is its value. */
static bool
takes_next(const struct mg_offer *r, const char *word)
{
	if (strchr(word, '=') != NULL)
		return false;
	for (size_t i = 0; i < ROWS(all_flags); i++)
		if (is_flag(r, &all_flags[i], word, strlen(word)))
			return all_flags[i].flag[flag_length(&all_flags[i])] == ' ' &&
			       flag_value(&all_flags[i])[0] != '\0';
	return strcmp(r->command, "run") == 0 && strncmp(word, "--", 2) == 0;
}

/* The value of the flag that is the first n bytes of `word`. */
static void
offer_flag_value(struct mg_offer *r, const char *word, size_t n)
{
	const struct mg_option *o = NULL;

	if (strcmp(r->command, "run") == 0 && n > 2)
		o = mg_offer_find_option(word + 2, n - 2);
	if (o != NULL) {
		mg_offer_values(r, o);
		return;
	}
	for (size_t i = 0; i < ROWS(all_flags); i++)
		if (is_flag(r, &all_flags[i], word, n))
			mg_offer_value(r, flag_value(&all_flags[i]), all_flags[i].help);
}

/* Rows of one flag stand together: one for each value it may have. */
static void
offer_flags(const struct mg_offer *r)
{
	bool is_run = strcmp(r->command, "run") == 0;

	for (size_t i = 0; i < ROWS(all_flags); i++) {
		const struct flag *f = &all_flags[i];
		size_t n = flag_length(f);

		if (f->flag[0] != '-' || strcmp(f->command, r->command) != 0 ||
		    isupper((unsigned char)f->flag[2]) ||
		    (i > 0 && is_flag(r, &all_flags[i - 1], f->flag, n)))
			continue;
		mg_offer(r, f->flag, n, f->help);
	}
	if (is_run)
		mg_offer_options(r, "--", '-', 0);
	if (strcmp(r->command, TOP) != 0)
		mg_offer(r, "--help", 6, "What this does, and how it is used.");
}

/* The k-th argument of a usage line that is no flag: of "PID [--top N]" the first is "PID". */
static bool
find_argument(const char *args, size_t k, char buf[WORD])
{
	while (*args != '\0') {
		size_t n = 0, skip = strspn(args, "[");
		int depth = 0;

		for (; args[n] != '\0' && (args[n] != ' ' || depth > 0); n++)
			depth += args[n] == '[' ? 1 : args[n] == ']' ? -1 : 0;
		if (args[skip] != '-' && k-- == 0) {
			snprintf(buf, WORD, "%.*s", (int)strcspn(args + skip, " ]"), args + skip);
			return true;
		}
		args += n + (args[n] == ' ');
	}
	return false;
}

static const struct mg_subcommand_row *
find_subcommand(const char *word)
{
	for (size_t i = 0; i < ROWS(subcommands); i++)
		if (strcmp(subcommands[i].word, word) == 0)
			return &subcommands[i];
	return NULL;
}

static void
offer_subcommands(const struct mg_offer *r)
{
	for (size_t i = 0; i < ROWS(subcommands); i++)
		mg_offer(r, subcommands[i].word, strlen(subcommands[i].word), subcommands[i].help);
}

/* `name` is the argument before, which says whose VALUE it is. */
static void
offer_argument(struct mg_offer *r, const char *what, const char *name)
{
	const struct mg_option *o;

	if (strcmp(what, "NAME") == 0) {
		mg_offer_options(r, "", '_', MG_OPT_RUNTIME);
	} else if (strcmp(what, "VALUE") == 0) {
		o = mg_offer_find_option(name, strlen(name));
		if (o != NULL && (o->flags & MG_OPT_RUNTIME) != 0)
			mg_offer_values(r, o);
	} else if (strcmp(what, "SUBCOMMAND|OPTION") == 0) {
		offer_subcommands(r);
		mg_offer_options(r, "", '-', 0);
	} else if (strcmp(what, "COMMAND...") == 0) {
		mg_offer(r, "--", 2, "The command follows.");
	} else {
		mg_offer_value(r, what, "");
	}
}

/* Index of the word that begins another program's command line; 0 when there is none. */
static size_t
find_command(const struct mg_offer *r, size_t first)
{
	bool is_run = strcmp(r->command, "run") == 0;

	for (size_t i = first; i < r->c->n; i++) {
		const char *word = r->c->words[i];
		bool is_last = i + 1 == r->c->n;

		if (strcmp(word, "--") == 0 && !is_last)
			return i + 1;
		if (is_run && word[0] != '-')
			return i;
		if (takes_next(r, word))
			i++;
	}
	return 0;
}

static void
offer_next(struct mg_offer *r, const char *args, size_t first)
{
	const char *typed = r->typed, *equals = strchr(typed, '='), *name = "";
	char what[WORD];
	size_t arguments = 0;

	for (size_t i = first; i + 1 < r->c->n; i++) {
		const char *word = r->c->words[i];
		bool has_value = takes_next(r, word);

		if (has_value && i + 2 == r->c->n) {
			offer_flag_value(r, word, strlen(word));
			return;
		}
		if (word[0] != '-') {
			arguments++;
			name = word;
		}
		i += has_value;
	}
	if (typed[0] == '-' && equals != NULL) {
		r->kept = (size_t)(equals + 1 - typed);
		offer_flag_value(r, typed, (size_t)(equals - typed));
	} else if (typed[0] == '-' || !find_argument(args, arguments, what)) {
		offer_flags(r);
	} else {
		offer_argument(r, what, name);
	}
}

static void
write_memgov(struct mg_offer *r)
{
	const struct mg_subcommand_row *s;
	size_t command;

	if (r->c->n == 2) {
		offer_subcommands(r);
		return;
	}
	s = find_subcommand(r->c->words[1]);
	if (s == NULL)
		return;
	r->command = s->word;
	command = strstr(s->args, "COMMAND...") != NULL ? find_command(r, 2) : 0;
	if (command > 0)
		fprintf(r->out, "\tCOMMAND %zu\n", command);
	else
		offer_next(r, s->args, 2);
}

void
mg_completion_write(const struct mg_completion *c, FILE *out)
{
	struct mg_offer r = { .c = c, .out = out, .command = TOP };
	const char *program;

	if (c->n < 2)
		return;
	r.typed = c->words[c->n - 1];
	program = strrchr(c->words[0], '/');
	program = program != NULL ? program + 1 : c->words[0];
	if (strcmp(program, TOP) == 0)
		offer_next(&r, "", 1);
	else
		write_memgov(&r);
}
