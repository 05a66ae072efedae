/* SPDX-License-Identifier: MIT */
/*
 * One look of the governor: take a snapshot, ask every policy, choose, act, remember. Runs in the
 * governor thread, or, with MEMGOV_THREAD=0, in whichever program thread comes by; one at a time,
 * the caller serialises. A compaction it starts is spread over later calls, so that the socket is
 * answered in between.
 */
#ifndef MG_TICK_H
#define MG_TICK_H

#include "shim/base/text.h"
#include "shim/govern/compact.h"

#include <stdbool.h>
#include <stdint.h>

/* At start and in a fork child: empty history, policies that remember nothing. */
void mg_tick_start(void);

/* Does what is due. Returns the time until something is due again, in ns. */
uint64_t mg_tick_run(void);

/* Makes the next look due now: an option has changed. Any thread. */
void mg_tick_soon(void);

/* Starts a compaction, or joins the one that runs. The number it will have in mg_tick_finished().
 */
uint64_t mg_tick_compact(bool aggressive, const char *reason);
/* Number of the last compaction that finished, and how it went. */
uint64_t mg_tick_finished(struct mg_compact *out);

/* Bodies of the socket's `policies` and `history`. */
void mg_tick_print_policies(struct mg_text *t);
void mg_tick_print_history(struct mg_text *t);
/* True when the heap has grown by half, and by 16M at least, since the last look: worth a look
 * before it is due. */
bool mg_tick_is_urgent(void);
/* Looks so far. */
uint64_t mg_tick_count(void);

#endif
