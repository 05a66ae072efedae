/* SPDX-License-Identifier: MIT */
/*
 * Who holds the memory of a process: its sites with names, as JSON or as a flame graph. Names are
 * looked up by one thread at a time, and are kept for as long as somebody looks at that process.
 */
#ifndef MG_CULPRITS_H
#define MG_CULPRITS_H

#include <pthread.h>
#include <stdint.h>

#include "tools/common/profile.h"
#include "tools/common/sockets.h"
#include "tools/common/symbols.h"
#include "tools/serve/response.h"

/* Writes a flame graph; the command line has it. */
typedef void mg_culprits_flame_fn(
    int pid, const char *command, const struct mg_profile *p, struct mg_symbols *s, FILE *out);

struct mg_culprits {
	pthread_mutex_t mutex;
	struct mg_socket socket; /* whose names they are */
	struct mg_symbols *symbols;
	uint64_t used_ns;
};

void mg_culprits_init(struct mg_culprits *c);
void mg_culprits_end(struct mg_culprits *c);

/* Forgets names that nobody has wanted for a minute. */
void mg_culprits_rest(struct mg_culprits *c, uint64_t now_ns);

/* Functions that the time does not suffice for are places without names; the next time there are
 * more. */
void mg_culprits_sites(struct mg_culprits *c, const struct mg_socket *s, const struct mg_profile *p,
    struct mg_response *r);
void mg_culprits_flame(struct mg_culprits *c, const struct mg_socket *s, const char *command,
    const struct mg_profile *p, mg_culprits_flame_fn *flame, struct mg_response *r);

#endif
