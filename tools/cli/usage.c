/* SPDX-License-Identifier: MIT */
#include "tools/cli/usage.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shim/tables/suggest.h"
#include "shim/tables/version.h"
#include "tools/cli/change.h"
#include "tools/cli/doctor.h"
#include "tools/cli/help.h"
#include "tools/cli/leak_test.h"
#include "tools/cli/profile.h"
#include "tools/cli/run.h"
#include "tools/cli/serve.h"
#include "tools/cli/show.h"
#include "tools/cli/sites.h"

const struct mg_usage_subcommand mg_usage_subcommands[] = {
#define SUBCOMMAND(word, args, handler, help) { #word, args, handler, help },
#include "tools/cli/subcommands.def"
};
const size_t mg_usage_subcommand_count =
    sizeof mg_usage_subcommands / sizeof mg_usage_subcommands[0];

const struct mg_usage_subcommand *
mg_usage_find(const char *word)
{
	for (size_t i = 0; i < mg_usage_subcommand_count; i++)
		if (strcmp(mg_usage_subcommands[i].word, word) == 0)
			return &mg_usage_subcommands[i];
	return NULL;
}

int
mg_usage_wrong(const char *word, const char *fmt, ...)
{
	va_list ap;

	fputs("memgov: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\n", stderr);
	mg_help_print_usage(stderr, mg_usage_find(word));
	return MG_USAGE_WRONG;
}

int
mg_usage_unknown(const char *word)
{
	fprintf(stderr, "memgov: there is no subcommand '%s'", word);
	for (size_t i = 0; i < mg_usage_subcommand_count; i++) {
		if (!mg_suggest_is_close(word, mg_usage_subcommands[i].word))
			continue;
		fprintf(stderr, "; did you mean '%s'?", mg_usage_subcommands[i].word);
		break;
	}
	fputs("\nmemgov: `memgov help` lists what there is\n", stderr);
	return MG_USAGE_WRONG;
}

int
mg_usage_version(int argc, char **argv)
{
	if (argc > 1)
		return mg_usage_wrong("version", "'%s' is not accepted", argv[1]);
	puts("memgov " MG_VERSION);
	return MG_USAGE_OK;
}
