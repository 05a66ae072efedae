/* SPDX-License-Identifier: MIT */
/*
 * All processes of the machine by memory: which are the largest, which are governed and how they
 * are doing, and which program has the most in many processes. Reads two files of /proc for each
 * process, and asks every governed one for its statistics, all at the same time.
 */
#ifndef MG_CENSUS_H
#define MG_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/common/process.h"
#include "tools/common/reply.h"

enum mg_governed {
	MG_GOVERNED_NO,
	MG_GOVERNED_YES,    /* there is a socket */
	MG_GOVERNED_SILENT, /* the library is mapped, but there is no socket where we look */
	MG_GOVERNED_UNKNOWN /* another user's process */
};
const char *mg_governed_name(enum mg_governed governed); /* "no", "yes", "silent", "unknown" */

/* Found out by its mappings; for a process without a socket. */
enum mg_governed mg_census_look(int pid);

struct mg_census_row {
	int pid;
	char name[64];
	struct mg_process_memory memory;
	enum mg_governed governed;
	bool has_stats; /* it answered */
	struct mg_reply_stats stats;
};

#define MG_CENSUS_ROWS 10

struct mg_census {
	size_t processes; /* that have memory: threads of the kernel are none */
	size_t n;
	struct mg_census_row rows[MG_CENSUS_ROWS]; /* by RSS, largest first */
	size_t governed;                           /* have a socket */
	uint64_t limits_bytes;                     /* sum of the ceilings of those that answered */
	size_t limited;                            /* have a ceiling */
	size_t refusing;                           /* have refused requests; */
	int refusing_pid;                          /* one of them */
	char crowd[64]; /* the program whose processes have the most, when it has several */
	size_t crowd_n;
	uint64_t crowd_bytes; /* what is their own, without files and shared memory */
};

/* 0, -ENOMEM, or -errno when /proc cannot be listed. */
int mg_census_read(struct mg_census *out);

/* Pure part: ranks `n` processes, whose order is changed, and finds the crowd. */
struct mg_census_process {
	int pid;
	char name[64];
	struct mg_process_memory memory;
};
void mg_census_rank(struct mg_census_process *list, size_t n, struct mg_census *out);

#endif
