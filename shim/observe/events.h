/* SPDX-License-Identifier: MIT */
/*
 * The last 100 things that happened: compactions with their yield, refusals, changed options. One
 * that repeats within a minute is counted instead of repeated. Fixed storage; a lock without system
 * calls under it; any thread.
 */
#ifndef MG_EVENTS_H
#define MG_EVENTS_H

#include "shim/base/text.h"

#include <stdint.h>

/* `kind` is one word, static; the text is one line. */
__attribute__((format(printf, 2, 3))) void mg_events_add(const char *kind, const char *fmt, ...);

/* "age_ms kind text" lines, oldest first; at most the last `most`. */
void mg_events_print(struct mg_text *t, uint64_t now_ns, unsigned most);

uint64_t mg_events_count(void); /* since the start */

void mg_events_after_fork_child(void); /* starts empty */

#endif
