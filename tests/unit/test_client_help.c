/* SPDX-License-Identifier: MIT */
/* The tables behind `memgov help`, `memgov-top --help` and the manual belong together. */
#include <stdbool.h>
#include <string.h>

#include "tests/unit/support.h"
#include "tools/cli/tables.h"
#include "tools/common/wrap.h"

static const char *
args_of(const char *command)
{
	for (size_t i = 0; i < ROWS(subcommands); i++)
		if (strcmp(subcommands[i].word, command) == 0)
			return subcommands[i].args;
	return NULL;
}

/* The flag of `args` that begins at `p` has a row. */
static bool
has_row(const char *command, const char *p, size_t n)
{
	for (size_t i = 0; i < ROWS(flags); i++)
		if (strcmp(flags[i].command, command) == 0 && strncmp(flags[i].flag, p, n) == 0 &&
		    strchr(" [", flags[i].flag[n]) != NULL)
			return true;
	return false;
}

Test(client_help, flags_and_pages_are_those_of_subcommands)
{
	for (size_t i = 0; i < ROWS(flags); i++) {
		const char *args = args_of(flags[i].command);
		char word[64];

		snprintf(
		    word, sizeof word, "%.*s", (int)strcspn(flags[i].flag, " [="), flags[i].flag);
		cr_assert(args != NULL, "%s", flags[i].command);
		cr_expect(word[0] != '-' || strcmp(flags[i].command, "run") == 0 ||
			      strstr(args, word) != NULL,
		    "the usage of %s lacks %s", flags[i].command, word);
	}
	for (size_t i = 0; i < ROWS(pages); i++)
		cr_expect(args_of(pages[i].command) != NULL, "%s", pages[i].command);
}

Test(client_help, every_flag_of_a_usage_has_a_row)
{
	for (size_t i = 0; i < ROWS(subcommands); i++) {
		for (const char *p = subcommands[i].args; *p != '\0'; p++) {
			size_t n = strcspn(p, " []=|.");

			if (*p != '-' || strncmp(p, "--]", 3) == 0 || p == subcommands[i].args ||
			    strchr("[|", p[-1]) == NULL)
				continue;
			cr_expect(has_row(subcommands[i].word, p, n), "%s: %.*s",
			    subcommands[i].word, (int)n, p);
			p += n - 1;
		}
	}
}

static char *
wrapped(const char *text, size_t indent, size_t width, bool is_usage)
{
	static char buf[256];
	FILE *f = fmemopen(buf, sizeof buf, "w");

	(is_usage ? mg_wrap_print_usage : mg_wrap_print)(f, text, indent, width);
	fclose(f);
	return buf;
}

Test(client_help, words_are_wrapped)
{
	static const struct {
		const char *text;
		size_t indent, width;
		bool is_usage;
		const char *want;
	} rows[] = {
		{ "", 2, 10, false, "\n" },
		{ "one two", 0, 7, false, "one two\n" },
		{ "one two", 0, 6, false, "one\ntwo\n" },
		{ "one two", 2, 8, false, "one\n  two\n" },
		{ "one  two", 2, 9, false, "one two\n" },
		{ "longer x", 0, 3, false, "longer\nx\n" },
		{ "PID [--top N] [-o F]", 0, 9, true, "PID\n[--top N]\n[-o F]\n" },
		{ "PID [--top N] -- C...", 0, 14, true, "PID [--top N]\n-- C...\n" },
		{ "[-a]... [-b] PID", 0, 8, true, "[-a]...\n[-b] PID\n" },
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		cr_expect(
		    SAME(wrapped(rows[i].text, rows[i].indent, rows[i].width, rows[i].is_usage),
			rows[i].want),
		    "row %zu", i);
}
