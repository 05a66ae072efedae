/* SPDX-License-Identifier: MIT */
/* The map of code that a process generates, /tmp/perf-PID.map: found, read, and read again when it
 * has changed. One thread. */
#ifndef MG_GENERATED_H
#define MG_GENERATED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "tools/common/perfmap.h"

/* All zero is one that was not looked for. */
struct mg_generated {
	unsigned version;
	uint64_t checked_ns;
	struct stat seen; /* of the file that was read */
	char *text;
	struct mg_perfmap map;
};

/* Looks whether there is a map, or a new one, at most once a second; the number is another one when
 * names may be other ones. */
unsigned mg_generated_version(struct mg_generated *g, int pid);

/* False when no name is known. */
bool mg_generated_find(const struct mg_generated *g, uint64_t address, struct mg_perfmap_name *out);

void mg_generated_close(struct mg_generated *g);

#endif
