/* SPDX-License-Identifier: MIT */
/* Sites as people read them: a table as wide as the terminal, whole stacks, or what changed between
 * two profiles. On standard output. */
#ifndef MG_SITES_TABLE_H
#define MG_SITES_TABLE_H

#include "tools/cli/capture.h"
#include "tools/common/stacks.h"

struct mg_sites_view {
	int pid;
	const struct mg_capture *capture;
	const struct mg_stacks *stacks;
	size_t top; /* most sites that are shown */
	bool is_full;
};

void mg_sites_table_print(const struct mg_sites_view *v);

/* One site, then and now; either may be NULL. */
struct mg_sites_change {
	const struct mg_stacks_site *then, *now;
	int64_t live_bytes, live_blocks;
};

/* What is not the same, the most growth first; at most then->n + now->n, to be freed. */
struct mg_sites_change *mg_sites_table_compare(
    const struct mg_stacks *then, const struct mg_stacks *now, size_t *n_out);

/* `v` is what is there now; span_ms 0: not known. */
void mg_sites_table_print_diff(const struct mg_sites_view *v, const struct mg_capture *then,
    const struct mg_sites_change *changes, size_t n, uint64_t span_ms);

#endif
