/* SPDX-License-Identifier: MIT */
/*
 * The allocation sites of one process, from its last profile. They are there at once, as places in
 * files; their names come bit by bit. Reads files for that, and keeps them open. One thread.
 */
#ifndef MG_SITELIST_H
#define MG_SITELIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/common/stacks.h"

/* All zero is one without a profile. */
struct mg_sitelist {
	bool has_profile;
	bool is_behind; /* mg_sitelist_name() has more to do */
	bool is_new;    /* the profile, since `stacks` was made */
	struct mg_profile profile;
	size_t n_named, n_shown; /* of its sites, now and when `stacks` was made */
	struct mg_stacks stacks;
	struct mg_symbols *symbols;
};

/* A `profile` reply, behind "ok"; cut up. 0; or -EPROTO, -ENOMEM, and the last one stays. */
int mg_sitelist_take(struct mg_sitelist *l, char *body);

/* Looks up names until then (CLOCK_MONOTONIC), and makes `stacks` anew when that pays. Returns the
 * row that site `row` has now. */
size_t mg_sitelist_name(struct mg_sitelist *l, int pid, size_t row, uint64_t until_ns);

void mg_sitelist_close(struct mg_sitelist *l);

#endif
