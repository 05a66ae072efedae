/* SPDX-License-Identifier: MIT */
/*
 * Maps of generated code, as node --perf-basic-prof and python -X perf write them to
 * /tmp/perf-PID.map: a line "START SIZE name" for each function, addresses and sizes in hex; code
 * that moves gets another line, so that later lines win. Outside text. Pure, but for memory.
 */
#ifndef MG_PERFMAP_H
#define MG_PERFMAP_H

#include <stddef.h>
#include <stdint.h>

#define MG_PERFMAP_MOST (2u << 20) /* lines */

struct mg_perfmap_entry {
	uint64_t start, size;
	size_t line;
	const char *name;
};

struct mg_perfmap {
	size_t n;
	struct mg_perfmap_entry *entries; /* by start, then by line */
	uint64_t longest;
};

/* Cuts up `text` in place; names point into it. Lines that are none are skipped. 0 or -ENOMEM. */
int mg_perfmap_parse(char *text, struct mg_perfmap *out);
void mg_perfmap_free(struct mg_perfmap *m);

/* NULL when nothing is there. */
const char *mg_perfmap_find(const struct mg_perfmap *m, uint64_t address);

struct mg_perfmap_name {
	char function[256];
	char file[128]; /* without folder, but for node's own; empty: not known */
	int line;       /* 0: not known */
};

/* "JS:*load /srv/app.js:10:3" is load (app.js:10); "py::load:/srv/app.py" load (app.py); others are
 * all function. */
void mg_perfmap_split(const char *name, struct mg_perfmap_name *out);

#endif
