/* SPDX-License-Identifier: MIT */
/* The subcommand that writes a process's profile for other programs. It returns the exit status. */
#ifndef MG_PROFILE_COMMAND_H
#define MG_PROFILE_COMMAND_H

int mg_profile_command(int argc, char **argv);

#endif
