/* SPDX-License-Identifier: MIT */
/*
 * What the resident memory of a process consists of, by its mappings: the text of /proc/PID/smaps,
 * a line at a time, so that it may have any length and any content. Parsing is separate from
 * reading.
 *
 * Stacks of threads have no name: an anonymous mapping right above a small guard is taken for one.
 */
#ifndef MG_MAPPINGS_H
#define MG_MAPPINGS_H

#include <stdbool.h>
#include <stdint.h>

enum mg_mappings_kind {
	MG_MAPPINGS_ANONYMOUS, /* malloc's memory, and what else is mapped without a file */
	MG_MAPPINGS_STACK,
	MG_MAPPINGS_FILE,   /* with the pages of it that were written to */
	MG_MAPPINGS_SHARED, /* System V, POSIX, memfd */
	MG_MAPPINGS_KINDS
};

struct mg_mappings {
	uint64_t count;
	uint64_t resident_bytes[MG_MAPPINGS_KINDS];
	uint64_t swapped_bytes[MG_MAPPINGS_KINDS];
	uint64_t huge_bytes; /* of what is anonymous: in huge pages */
};

/* All zero before the first line. */
struct mg_mappings_reader {
	struct mg_mappings sums;
	enum mg_mappings_kind kind; /* of the mapping that the lines are of */
	uint64_t guard_end;         /* end of the mapping before it when that is a guard, else 0 */
	bool is_guard;
	uint64_t end;
};

/* A line, with or without its newline; one that says nothing of interest is skipped. */
void mg_mappings_line(struct mg_mappings_reader *r, const char *line);

/* 0 or -errno; -EACCES for other users' processes. */
int mg_mappings_read(int pid, struct mg_mappings *out);

#endif
