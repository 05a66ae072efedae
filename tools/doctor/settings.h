/* SPDX-License-Identifier: MIT */
/* Settings and counts of the kernel that decide how memory comes and goes. Parsing is separate from
 * reading. What cannot be read is marked as unknown. */
#ifndef MG_SETTINGS_H
#define MG_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

enum mg_settings_huge {
	MG_SETTINGS_HUGE_UNKNOWN,
	MG_SETTINGS_HUGE_NEVER,
	MG_SETTINGS_HUGE_MADVISE,
	MG_SETTINGS_HUGE_ALWAYS
};

struct mg_settings {
	enum mg_settings_huge huge; /* transparent huge pages */
	bool has_overcommit, has_oom_kills;
	uint64_t overcommit;    /* 0 by guess, 1 always, 2 never beyond the limit */
	uint64_t most_mappings; /* of a process; 0: unknown */
	uint64_t oom_kills;     /* since the machine started */
	bool has_disk;          /* the folder that a swap file would be in */
	uint64_t disk_free_bytes;
};

/* "always [madvise] never" */
enum mg_settings_huge mg_settings_parse_huge(const char *text);
const char *mg_settings_huge_name(enum mg_settings_huge huge);

void mg_settings_read(struct mg_settings *out);

#endif
