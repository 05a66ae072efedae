/* SPDX-License-Identifier: MIT */
/*
 * All processes for Prometheus, text format 0.0.4. A process that is stopped or silent keeps its
 * last figures, so that its counters have no gap, and memgov_up says 0; one that has ended is left
 * out. What is the machine's is told once, without labels.
 */
#ifndef MG_METRICS_H
#define MG_METRICS_H

#include "tools/serve/board.h"
#include "tools/serve/response.h"

#define MG_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* took_ns: what it took to ask them. */
void mg_metrics_write(const struct mg_board *b, uint64_t took_ns, struct mg_response *r);

#endif
