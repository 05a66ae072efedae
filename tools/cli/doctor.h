/* SPDX-License-Identifier: MIT */
/* `memgov doctor`: reads, judges, prints. Returns the exit status. */
#ifndef MG_DOCTOR_H
#define MG_DOCTOR_H

int mg_doctor_command(int argc, char **argv);

#endif
