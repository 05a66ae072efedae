/* SPDX-License-Identifier: MIT */
/*
 * Reports for people: the final one (MEMGOV_REPORT), and the last words of a process that dies at
 * its ceiling. Written with raw system calls; nothing allocates. Any thread.
 */
#ifndef MG_REPORT_H
#define MG_REPORT_H

#include <stddef.h>

/* At start, once the options are there: a relative MEMGOV_REPORT means the folder of now. */
void mg_report_start(void);

/* Statistics and events into the file of MEMGOV_REPORT, if there is one; "%p" in its name is the
 * process id, and a fork child without it writes into NAME.PID. */
void mg_report_write(void);

/* No report from here on: a sandbox may kill who opens a file. */
void mg_report_end(void);

/* The report on stderr and in the file, then SIGABRT. `size` is the request that did not fit, 0
 * when there is none. */
_Noreturn void mg_report_abort(const char *what, size_t size);

#endif
