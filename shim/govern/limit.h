/* SPDX-License-Identifier: MIT */
/*
 * At the ceiling: the steps of MEMGOV_AT_LIMIT, in the program thread whose request does not fit,
 * and the callbacks of memgov_on_pressure(). No locks are held while callbacks or signals run. Any
 * thread.
 */
#ifndef MG_LIMIT_H
#define MG_LIMIT_H

#include "shim/memgov.h"
#include "shim/tables/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Walks the steps for one request. Start with all zero but `size`. */
struct mg_limit_walk {
	size_t size;       /* as requested */
	uint64_t short_of; /* as it would be charged */
	unsigned next;     /* step to take next; 0 means the walk has not begun */
};

/*
 * Takes the next step. True: try the allocation again. False: refuse it (counted here). With
 * `abort` does not return. Requests that no ceiling stands in the way of (the system has no memory)
 * are refused at once.
 */
bool mg_limit_step(struct mg_limit_walk *w);

/* The RSS ceiling: take the last step of at_limit because of it; `fail` refuses growth until
 * lifted. */
void mg_limit_enforce_rss(const struct mg_config *c, uint64_t rss_bytes);
void mg_limit_lift_rss(void);

/* memgov_on_pressure(); 0, or -1 when there is no room. */
int mg_limit_add_callback(memgov_pressure_fn *callback, void *arg);
/* Runs the callbacks, in this thread. */
void mg_limit_notify(enum memgov_pressure why);
/* Asks for a notification by the next program thread that passes by; mg_limit_run_pending() is that
 * passing by. */
void mg_limit_request_notify(void);
void mg_limit_run_pending(void);

void mg_limit_after_fork_child(void);

#endif
