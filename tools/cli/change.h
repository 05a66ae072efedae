/* SPDX-License-Identifier: MIT */
/* Subcommands that change a process. Each returns the exit status. */
#ifndef MG_CHANGE_H
#define MG_CHANGE_H

int mg_change_set(int argc, char **argv);
int mg_change_compact(int argc, char **argv);

#endif
