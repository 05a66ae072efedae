/* SPDX-License-Identifier: MIT */
/* The table of subcommands, and what every subcommand says about wrong usage. */
#ifndef MG_USAGE_H
#define MG_USAGE_H

#include <stddef.h>

/* Exit statuses, besides those of the program that `run` started. */
enum mg_usage_status {
	MG_USAGE_OK = 0,
	MG_USAGE_FAILED = 1,      /* no such process, no answer, or the process refused */
	MG_USAGE_WRONG = 2,       /* wrong usage, or a bad value */
	MG_USAGE_EXHAUSTED = 124, /* `run --restart-above` restarted as often as it may */
	MG_USAGE_BROKEN = 125     /* `run` could not do its own part: no library, no process */
};

struct mg_usage_subcommand {
	const char *word;
	const char *args;
	int (*handler)(int argc, char **argv);
	const char *help;
};
extern const struct mg_usage_subcommand mg_usage_subcommands[];
extern const size_t mg_usage_subcommand_count;

/* NULL when there is none. */
const struct mg_usage_subcommand *mg_usage_find(const char *word);

/* Says on stderr how a subcommand is used: "memgov: <why>", usage. Returns MG_USAGE_WRONG. */
__attribute__((format(printf, 2, 3))) int mg_usage_wrong(const char *word, const char *fmt, ...);

/* Adds the subcommand that was perhaps meant. Returns MG_USAGE_WRONG. */
int mg_usage_unknown(const char *word);

int mg_usage_version(int argc, char **argv);

#endif
