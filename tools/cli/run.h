/* SPDX-License-Identifier: MIT */
/* `memgov run`: options of memgov from the command line into the environment of a program. */
#ifndef MG_RUN_H
#define MG_RUN_H

int mg_run_command(int argc, char **argv);

#endif
