/* SPDX-License-Identifier: MIT */
/*
 * A process's heap profile, as its socket prints it (shim/observe/sites.h). Outside text: a library
 * may be older or newer, or broken; unknown lines are skipped, numbers are checked, sizes are
 * bounded. Pure, but for memory.
 */
#ifndef MG_PROFILE_H
#define MG_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/tables/trend.h"

#define MG_PROFILE_DEPTH 32
#define MG_PROFILE_AGES 6
#define MG_PROFILE_MOST_SITES 8192
#define MG_PROFILE_MOST_MODULES 4096

struct mg_profile_module {
	unsigned number; /* as frames name it */
	uint64_t start, end;
	char build_id[65]; /* hex; empty when there is none */
	char *path;        /* empty for the program itself */
};

struct mg_profile_frame {
	unsigned module; /* 0: outside of all; the offset is an address then */
	uint64_t offset;
};

struct mg_profile_site {
	uint64_t number;
	uint64_t live_blocks, live_bytes, alloc_blocks, alloc_bytes;
	uint64_t in, out;           /* samples */
	uint64_t first_ms, last_ms; /* ages */
	uint64_t ages[MG_PROFILE_AGES];
	unsigned depth;
	struct mg_profile_frame frames[MG_PROFILE_DEPTH]; /* innermost first */
	struct mg_trend_mark marks[MG_TREND_SCALES][MG_TREND_MARKS];
};

struct mg_profile {
	int pid;
	uint64_t uptime_ms, sample_bytes, samples, live_samples;
	unsigned n_marks[MG_TREND_SCALES];
	uint64_t age_ms[MG_TREND_SCALES][MG_TREND_MARKS];
	size_t n_modules, n_sites;
	struct mg_profile_module *modules;
	struct mg_profile_site *sites;
};

/* Cuts up `body` in place, and copies what it keeps. 0, and *out to be freed; -EPROTO for something
 * else or cut short, -ENOMEM. */
int mg_profile_parse(char *body, struct mg_profile *out);
void mg_profile_free(struct mg_profile *p);

/* NULL when there is none of that number. */
const struct mg_profile_module *mg_profile_module(const struct mg_profile *p, unsigned number);
const struct mg_profile_site *mg_profile_site(const struct mg_profile *p, uint64_t number);

#endif
