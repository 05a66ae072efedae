/* SPDX-License-Identifier: MIT */
/* Which code holds the memory of a governed process: from its samples, named as `memgov sites`
 * does. Takes some tenths of a second. */
#ifndef MG_HOLDERS_H
#define MG_HOLDERS_H

#include <stdint.h>

#include "tools/common/sockets.h"

struct mg_holder {
	char line[128];      /* "leak (victim.c:42)"; empty: there is none, or it is unknown */
	uint64_t live_bytes; /* estimated */
	uint64_t bytes_per_minute; /* 0 when it does not grow */
};

struct mg_holders {
	struct mg_holder largest;
	struct mg_holder suspect; /* the worst of those that only grow */
};

/* What cannot be read is left empty. */
void mg_holders_read(const struct mg_socket *s, struct mg_holders *out);

#endif
