/* SPDX-License-Identifier: MIT */
/*
 * Who grew between two profiles of one process: sites by the line to blame, each with what it holds
 * more and how far that may be from the truth, because samples are few. Only growth that is more
 * than chance. Pure, but for memory.
 */
#ifndef MG_GROWTH_H
#define MG_GROWTH_H

#include <stddef.h>

#include "tools/common/stacks.h"

struct mg_growth {
	const struct mg_stacks_site
	    *site;          /* of those with this line to blame, the one that grew most */
	double bytes;       /* held more, of all of them */
	double error_bytes; /* standard error of that */
};

/*
 * `then` and `now` are of the same mg_symbols. 0 or -ENOMEM; *out is sorted, the most growth first,
 * points into `now`, and is to be freed.
 */
int mg_growth_find(const struct mg_stacks *then, const struct mg_stacks *now,
    struct mg_growth **out, size_t *n_out);

#endif
