/* SPDX-License-Identifier: MIT */
/* memgov: finds the subcommand and runs it. */

#include <locale.h>
#include <stdbool.h>
#include <string.h>

#include "tools/cli/completion.h"
#include "tools/cli/help.h"

/* The help of a subcommand is asked for in either place; behind `run` everything may belong to the
 * command. */
static bool
wants_help(int argc, char **argv)
{
	return argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
}

int
main(int argc, char **argv)
{
	const struct mg_usage_subcommand *s;

	setlocale(LC_ALL, "");
	if (argc < 2) {
		mg_help_command(1, argv);
		return MG_USAGE_WRONG;
	}
	if (wants_help(argc, argv))
		return mg_help_command(1, argv);
	if (strcmp(argv[1], "--version") == 0)
		return mg_usage_version(1, argv);
	if (strcmp(argv[1], "--complete") == 0)
		return mg_completion_command(argc - 1, argv + 1);
	s = mg_usage_find(argv[1]);
	if (s == NULL)
		return mg_usage_unknown(argv[1]);
	if (wants_help(argc - 1, argv + 1))
		return mg_help_command(2, argv);
	return s->handler(argc - 1, argv + 1);
}
