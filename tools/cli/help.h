/* SPDX-License-Identifier: MIT */
/* `memgov help`: usage, options and examples of a subcommand, and what an option of memgov is;
 * every page fits a screen of 80 columns and 24 lines. */
#ifndef MG_HELP_H
#define MG_HELP_H

#include <stdio.h>

#include "tools/cli/usage.h"

/* "Usage: memgov sites PID [--top N] ...", in lines of 80 columns. */
void mg_help_print_usage(FILE *f, const struct mg_usage_subcommand *s);

int mg_help_command(int argc, char **argv);

#endif
