/* SPDX-License-Identifier: MIT */
/* What several unit tests need: configs from one line, rows of policies, golden files. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include "policies/policy.h"
#include "shim/tables/config.h"
#include "shim/tables/snapshot.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define ROWS(table) (sizeof table / sizeof table[0])
#define KB 1024ull
#define MB (1024ull * KB)
#define GB (1024ull * MB)
#define MS 1000000ull
#define S (1000ull * MS)
#define MINUTE (60ull * S)
#define HOUR (60ull * MINUTE)

/* criterion wants strings that are not const. */
#define SAME(got, want) eq(str, (char *)(uintptr_t)(got), (char *)(uintptr_t)(want))

/* Defaults, then "name=value name=value"; NULL for no more than the defaults. */
struct mg_config support_config(const char *settings);

/* One question to a policy, and its answer. */
struct support_row {
	const char *name;
	const char *settings;
	struct mg_snapshot s;
	struct mg_policy_state state;
	struct mg_decision want;
	uint64_t want_since_ns;
};

void support_check_policy(mg_policy_fn *policy, const struct support_row *rows, size_t n);

/* Snapshot number `i`: every field another value, a label with everything that needs escaping. */
struct mg_snapshot support_snapshot(unsigned i);

/* The row of that name; NULL when there is none. */
const struct mg_stat *support_stat(const char *name);

/* Compares with tests/unit/data/NAME. UPDATE_GOLDEN=1 in the environment writes the file instead.
 */
void support_check_golden(const char *name, const char *text);

/* A small generator, the same everywhere. */
uint64_t support_random(uint64_t *seed);

/* How often `needle` is in `text`. */
unsigned support_count(const char *text, const char *needle);

#endif
