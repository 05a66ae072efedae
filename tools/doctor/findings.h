/* SPDX-License-Identifier: MIT */
/*
 * What the doctor has found: one plain sentence each, with its figure, and the command to type
 * next. Names of processes and folders in it are chosen by others: what a terminal could take for
 * something else is replaced. Pure.
 */
#ifndef MG_FINDINGS_H
#define MG_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mg_finding_level {
	MG_FINDING_FINE,     /* an answer: this is not it */
	MG_FINDING_NOTE,     /* good to know */
	MG_FINDING_WARN,     /* act */
	MG_FINDING_CRITICAL, /* must act */
	MG_FINDING_LEVELS
};
const char *mg_finding_level_name(
    enum mg_finding_level level); /* "fine", "note", "warn", "critical" */

#define MG_FINDINGS 48

struct mg_finding {
	enum mg_finding_level level;
	const char *id; /* for programs: a word that stays the same */
	char text[400];
	char command[400]; /* lines; empty when there is nothing to type */
};

/* All zero is none. When there is no room, the last gives way. */
struct mg_findings {
	size_t n;
	struct mg_finding list[MG_FINDINGS];
};

__attribute__((format(printf, 4, 5))) void mg_findings_add(
    struct mg_findings *f, enum mg_finding_level level, const char *id, const char *fmt, ...);

/* The command of the last one that was added; a second call adds a line. */
__attribute__((format(printf, 2, 3))) void mg_findings_command(
    struct mg_findings *f, const char *fmt, ...);

/* Worst first; of equal level, in the order they were added. */
void mg_findings_sort(struct mg_findings *f);

/* Replaces what a terminal could take for something else; newlines stay where there are lines. */
void mg_findings_clean(char *s, bool has_lines);

/* The first of that id; NULL when there is none. */
const struct mg_finding *mg_findings_find(const struct mg_findings *f, const char *id);

/* Percentages at which a use is no longer fine. */
struct mg_marks {
	unsigned fine_pct, warn_pct, critical_pct;
};
#define MG_MARKS_FINE_PCT 80

/* Fine below the first mark, then a note, a warning from the second, critical from the third. */
enum mg_finding_level mg_findings_mark(const struct mg_marks *m, unsigned used_pct);

/* What share of `whole` this is, in percent, rounded down; 0 of nothing. */
unsigned mg_findings_pct(uint64_t part, uint64_t whole);

/* True when it may stand in a command as it is. */
bool mg_findings_is_word(const char *s);

#endif
