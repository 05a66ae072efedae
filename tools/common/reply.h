/* SPDX-License-Identifier: MIT */
/*
 * Reading replies. They come from a library that may be older or newer than the tool, in a process
 * that may be broken: everything is matched by name, what is not known is skipped, what is missing
 * stays marked as missing. Text is cut up in place. Pure.
 */
#ifndef MG_REPLY_H
#define MG_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/tables/snapshot.h"

/* A whole reply. 0 and the text behind "ok"; or -EREMOTEIO and the reason; or -EPROTO for anything
 * else. */
int mg_reply_open(char *reply, char **body_out);

/* The next line of *rest, without its newline; NULL at the end. */
char *mg_reply_line(char **rest);

/* "name value": splits the line at the first blank. The value may be empty; NULL when there is no
 * blank. */
char *mg_reply_value(char *line);

/* The next word of *rest; "" at the end. */
char *mg_reply_word(char **rest);

enum {
#define LABEL(name, size, heading, help) MG_REPLY_STAT_##name,
#define STAT(kind, name, unit, source, heading, help) MG_REPLY_STAT_##name,
#include "shim/tables/stats.def"
	MG_REPLY_STATS
};

/* A `stats` reply, and which statistics it had. All zero is one that had none. */
struct mg_reply_stats {
	struct mg_snapshot values;
	bool has[MG_REPLY_STATS]; /* in the order of stats.def */
};
void mg_reply_parse_stats(char *body, struct mg_reply_stats *out);

struct mg_reply_policy {
	char name[32];
	char reason[128]; /* "-" before the first */
	bool has_next;
	uint64_t next_ms;
	uint64_t decisions;
};

/* 0 or -EINVAL. */
int mg_reply_parse_policy(char *line, struct mg_reply_policy *out);

struct mg_reply_point {
	uint64_t age_ms;
	uint64_t heap_footprint_bytes, live_bytes, cached_bytes, parked_bytes, rss_bytes,
	    returned_bytes;     /* these, and those below, since the start */
	uint64_t allocs, frees; /* 0 from a library that does not tell */
};

/* Points of a `history` body into `out`, at most `cap`, the latest when there are more; the number
 * of them. */
size_t mg_reply_parse_history(char *body, struct mg_reply_point *out, size_t cap);

struct mg_reply_event {
	uint64_t age_ms;
	char kind[24];
	char text[200];
};

/* 0 or -EINVAL. */
int mg_reply_parse_event(char *line, struct mg_reply_event *out);

/* What a `compact` reply says came back. False when it does not say. */
bool mg_reply_parse_compact(char *body, uint64_t *yield_bytes_out, uint64_t *took_ns_out);

#endif
