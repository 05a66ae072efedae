/* SPDX-License-Identifier: MIT */
/* Subcommands that look at processes and change nothing. Each returns the exit status. */
#ifndef MG_SHOW_H
#define MG_SHOW_H

int mg_show_ps(int argc, char **argv);
int mg_show_stats(int argc, char **argv);
int mg_show_config(int argc, char **argv);
int mg_show_events(int argc, char **argv);
int mg_show_policies(int argc, char **argv);
int mg_show_history(int argc, char **argv);

#endif
