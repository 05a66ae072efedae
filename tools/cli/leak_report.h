/* SPDX-License-Identifier: MIT */
/* What `memgov leak-test` found, for people and for programs. On standard output. */
#ifndef MG_LEAK_REPORT_H
#define MG_LEAK_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/common/growth.h"
#include "tools/common/slope.h"

struct mg_leak_report {
	int pid;
	const char *command;        /* of the process */
	const uint64_t *live_bytes; /* after each run */
	size_t runs;
	uint64_t threshold_bytes;
	struct mg_slope slope;
	bool has_sites; /* there were profiles to compare */
	const struct mg_growth *grown;
	size_t n_grown;
};

/* A run has ended; `before_bytes` 0: there was none before. For a terminal. */
void mg_leak_report_progress(
    const char *what, size_t run, size_t runs, uint64_t live_bytes, uint64_t before_bytes);

/* The verdict in a sentence, and who grew, unless it is steady. */
void mg_leak_report_print(const struct mg_leak_report *r);
void mg_leak_report_print_json(const struct mg_leak_report *r);

#endif
