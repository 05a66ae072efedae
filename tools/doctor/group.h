/* SPDX-License-Identifier: MIT */
/* The memory cgroup of any process: the one with the tightest limit, up to the root, v2 and v1.
 * Parsing is separate from reading. */
#ifndef MG_GROUP_H
#define MG_GROUP_H

#include <stdbool.h>
#include <stdint.h>

struct mg_group {
	char path[256];       /* of the tightest one; without a limit, of its own; empty: unknown */
	char unit[128];       /* the systemd service that it is part of; empty when there is none */
	uint64_t limit_bytes; /* 0: none */
	uint64_t slow_bytes;  /* above this (memory.high) it is slowed down; 0: none */
	uint64_t used_bytes;  /* without page cache that gives way; 0: unknown */
	bool has_oom_kills;
	uint64_t oom_kills; /* in this cgroup since it was made */
};

/* The service in a cgroup's path: "/system.slice/nginx.service" -> "nginx.service". The manager of
 * a user's session is none. Empty when there is none. */
void mg_group_parse_unit(const char *path, char *out, unsigned long cap);

/* 0, or -errno when its cgroup cannot be found out. */
int mg_group_read(int pid, struct mg_group *out);

/* The same from the text of /proc/PID/cgroup, with `prefix` before the folders of /sys. Exposed for
 * tests. */
int mg_group_find(const char *text, const char *prefix, struct mg_group *out);

/* The tighter of limit_bytes and slow_bytes; 0: neither. */
uint64_t mg_group_tightest_bytes(const struct mg_group *g);
/* Its use in percent; 0 when unknown or without one. */
unsigned mg_group_used_pct(const struct mg_group *g);

#endif
