/* SPDX-License-Identifier: MIT */
/* `memgov serve`: its command line. Returns the exit status. */
#ifndef MG_CLI_SERVE_H
#define MG_CLI_SERVE_H

int mg_serve_command(int argc, char **argv);

#endif
