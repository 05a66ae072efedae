/* SPDX-License-Identifier: MIT */
/* How long to wait before something that failed is tried again. Pure. */
#ifndef MG_BACKOFF_H
#define MG_BACKOFF_H

#include <stdint.h>

/*
 * 100 ms after the first failure, twice as long after each further one, at most 30 s. What ran well
 * for a minute has not failed before. `before_ns` is the last wait, 0 when there was none; `ran_ns`
 * how long it ran since.
 */
uint64_t mg_backoff_next_ns(uint64_t before_ns, uint64_t ran_ns);

#endif
