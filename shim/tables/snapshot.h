/* SPDX-License-Identifier: MIT */
/*
 * Statistics: struct mg_snapshot, one field for each row of stats.def, and the metadata of every
 * field. A snapshot is what the governor fills at a tick, what policies read, what the socket
 * prints and what tools read back. Pure.
 */
#ifndef MG_SNAPSHOT_H
#define MG_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Counters that each thread keeps for itself: the THREAD rows only, so that they share a cache
 * line. */
#define MG_COUNTER_THREAD(name) uint64_t name;
#define MG_COUNTER_HEAP(name)
#define MG_COUNTER_PROCESS(name)
#define MG_COUNTER_GOVERNOR(name)
#define MG_COUNTER_SYSTEM(name)
struct mg_counters {
#define LABEL(name, size, heading, help)
#define STAT(kind, name, unit, source, heading, help) MG_COUNTER_##source(name)
#include "shim/tables/stats.def"
};

struct mg_snapshot {
	uint64_t now_ns; /* CLOCK_MONOTONIC when it was taken; not a statistic */
#define LABEL(name, size, heading, help) char name[size];
#define STAT(kind, name, unit, source, heading, help) uint64_t name;
#include "shim/tables/stats.def"
};

enum mg_stat_kind { MG_STAT_LABEL, MG_STAT_COUNTER, MG_STAT_GAUGE, MG_STAT_PEAK };
enum mg_stat_unit {
	MG_UNIT_TEXT,
	MG_UNIT_COUNT,
	MG_UNIT_BYTES,
	MG_UNIT_MS,
	MG_UNIT_NS,
	MG_UNIT_PCT
};

struct mg_stat {
	const char *name;
	const char *heading;
	const char *help;
	enum mg_stat_kind kind;
	enum mg_stat_unit unit;
	size_t offset; /* of the field in struct mg_snapshot */
	size_t size;   /* of a LABEL's field */
};

extern const struct mg_stat mg_snapshot_stats[];
extern const size_t mg_snapshot_stat_count;

uint64_t mg_snapshot_number(const struct mg_snapshot *s, const struct mg_stat *stat);
const char *mg_snapshot_label(const struct mg_snapshot *s, const struct mg_stat *stat);

/* Copies the THREAD rows of `c` into `s`, added to what is there. */
void mg_snapshot_add_counters(struct mg_snapshot *s, const struct mg_counters *c);

/* c += d, field by field. */
void mg_snapshot_sum_counters(struct mg_counters *c, const struct mg_counters *d);

/*
 * Reads one "name value" line of a stats reply into `s`. Returns the row, or NULL for a name that
 * this version does not know or a value that is no number (both are ignored by readers: the library
 * may be older or newer).
 */
const struct mg_stat *mg_snapshot_parse_line(struct mg_snapshot *s, const char *line);

#endif
