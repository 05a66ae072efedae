/* SPDX-License-Identifier: MIT */
/* The subcommand that says who holds a process's memory. It returns the exit status. */
#ifndef MG_SITES_COMMAND_H
#define MG_SITES_COMMAND_H

int mg_sites_command(int argc, char **argv);

#endif
