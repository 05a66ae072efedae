/* SPDX-License-Identifier: MIT */
#include "tools/cli/help.h"

#include <stdbool.h>
#include <string.h>

#include "shim/tables/config.h"
#include "tools/cli/change.h"
#include "tools/cli/run.h"
#include "tools/cli/tables.h"
#include "tools/common/wrap.h"

#define WIDTH 79

void
mg_help_print_usage(FILE *f, const struct mg_usage_subcommand *s)
{
	int n = fprintf(f, s->args[0] != '\0' ? "Usage: memgov %s " : "Usage: memgov %s", s->word);

	mg_wrap_print_usage(f, s->args, (size_t)n, WIDTH);
}

static void
print_all(void)
{
	puts("Usage: memgov SUBCOMMAND ...\n");
	for (size_t i = 0; i < mg_usage_subcommand_count; i++) {
		const struct mg_usage_subcommand *s = &mg_usage_subcommands[i];

		printf("  %-9s %s\n", s->word, s->help);
	}
	puts("\nPID is a process id, or the name of a command that one governed process has.");
	puts("`memgov help SUBCOMMAND`, `memgov help OPTION` and `man memgov` say more.");
	puts("Exit status: 0; 1 no such process, or it refused; 2 wrong usage or a bad value;");
	puts("run, doctor and leak-test have others, which their pages name.");
}

static size_t
print_option_name(const char *name)
{
	for (const char *p = name; *p != '\0'; p++)
		putchar(*p == '_' ? '-' : *p);
	return strlen(name);
}

/* All options that have `flag`, in a few lines; each has a page of its own. */
static void
print_option_names(unsigned flag)
{
	size_t col = 0;

	for (size_t i = 0; i < mg_config_option_count; i++) {
		const struct mg_option *o = &mg_config_options[i];

		if ((o->flags & flag) != flag)
			continue;
		if (col > 0 && col + 1 + strlen(o->name) > WIDTH) {
			putchar('\n');
			col = 0;
		}
		fputs(col > 0 ? " " : "  ", stdout);
		col += print_option_name(o->name) + (col > 0 ? 1 : 2);
	}
	putchar('\n');
}

static void
print_flags(const char *command)
{
	size_t indent = 0;

	for (size_t i = 0; i < ROWS(flags); i++)
		if (strcmp(flags[i].command, command) == 0 && strlen(flags[i].flag) > indent)
			indent = strlen(flags[i].flag);
	if (indent > 0)
		putchar('\n');
	for (size_t i = 0; i < ROWS(flags); i++) {
		if (strcmp(flags[i].command, command) != 0)
			continue;
		printf("  %-*s  ", (int)indent, flags[i].flag);
		mg_wrap_print(stdout, flags[i].help, indent + 4, WIDTH);
	}
}

static void
print_examples(const char *lines)
{
	if (*lines != '\0')
		putchar('\n');
	while (*lines != '\0') {
		size_t n = strcspn(lines, "\n");

		printf("  %.*s\n", (int)n, lines);
		lines += n + (lines[n] == '\n');
	}
}

/* Those that one sentence is not enough for have a page. */
static void
print_page(const struct mg_usage_subcommand *s)
{
	const struct mg_page_row *p = NULL;

	for (size_t i = 0; i < ROWS(pages); i++)
		if (strcmp(pages[i].command, s->word) == 0)
			p = &pages[i];
	mg_help_print_usage(stdout, s);
	mg_wrap_print(stdout, p != NULL ? p->text : s->help, 0, WIDTH);
	if (p != NULL)
		print_examples(p->examples);
	print_flags(s->word);
	if (p != NULL && p->more[0] != '\0') {
		putchar('\n');
		mg_wrap_print(stdout, p->more, 0, WIDTH);
	}
	if (s->handler == mg_run_command || s->handler == mg_change_set) {
		puts("Options, which `memgov help OPTION` explains:");
		print_option_names(s->handler == mg_change_set ? MG_OPT_RUNTIME : 0);
	}
}

static int
print_option(const struct mg_option *o)
{
	printf("%s\n", o->env);
	mg_wrap_print(stdout, o->doc, 0, WIDTH);
	printf("\n  default    %s\n", o->def[0] != '\0' ? o->def : "empty");
	printf("  accepted   %s\n", o->accepts);
	fputs("  at start   memgov run --", stdout);
	print_option_name(o->name);
	printf(" VALUE -- COMMAND\n");
	if ((o->flags & MG_OPT_RUNTIME) != 0)
		printf("  later      memgov set PID %s VALUE\n", o->name);
	return MG_USAGE_OK;
}

/* heap-max, --heap-max, heap_max and MEMGOV_HEAP_MAX are the same. */
static const struct mg_option *
find_option(const char *word)
{
	char name[64];
	size_t n = 0;

	word += strspn(word, "-");
	for (; word[n] != '\0' && n < sizeof name - 1; n++)
		name[n] = word[n] == '-' ? '_' : word[n];
	name[n] = '\0';
	return mg_config_find(name);
}

int
mg_help_command(int argc, char **argv)
{
	const struct mg_usage_subcommand *s = argc > 1 ? mg_usage_find(argv[1]) : NULL;
	const struct mg_option *o = argc > 1 ? find_option(argv[1]) : NULL;

	if (argc < 2) {
		print_all();
		return MG_USAGE_OK;
	}
	if (argc > 2)
		return mg_usage_wrong("help", "'%s' is one too many", argv[2]);
	if (s == NULL && o == NULL) {
		fprintf(stderr,
		    "memgov: '%s' is neither a subcommand nor an option; `memgov help` and `memgov "
		    "help run`\n"
		    "memgov: list them\n",
		    argv[1]);
		return MG_USAGE_WRONG;
	}
	if (s == NULL)
		return print_option(o);
	print_page(s);
	return MG_USAGE_OK;
}
