/* SPDX-License-Identifier: MIT */
/*
 * Asks all governed processes in a thread of its own: once a second as long as somebody looks, and
 * at once for who needs it fresher. Any thread may look.
 */
#ifndef MG_ROUNDS_H
#define MG_ROUNDS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "tools/common/fleet.h"
#include "tools/serve/board.h"

struct mg_rounds {
	pthread_t thread;
	pthread_mutex_t mutex; /* of all below */
	pthread_cond_t done;   /* a round has ended */
	struct mg_board board;
	uint64_t looked_ns;      /* when somebody looked last */
	uint64_t begun_ns;       /* the last round */
	uint64_t ended_begun_ns; /* when the last round that has ended began */
	bool is_wanted;          /* a round, now */
	bool is_stopping;
	int wake;              /* eventfd */
	struct mg_fleet fleet; /* the thread's own */
};

/* 0 or -errno. */
int mg_rounds_start(struct mg_rounds *r);
void mg_rounds_stop(struct mg_rounds *r);

/*
 * What is known, from a round that began at most `age_ns` ago, for which it waits up to a second;
 * whom it has known to be silent it does not wait for. 0, and *out is to be freed; or -ENOMEM.
 */
int mg_rounds_look(struct mg_rounds *r, uint64_t age_ns, struct mg_board *out);

#endif
