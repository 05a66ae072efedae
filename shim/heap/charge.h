/* SPDX-License-Identifier: MIT */
/*
 * The ceiling. One atomic holds what is charged; threads take and give back credit in batches, so
 * the allocation path pays no atomic operation until its credit is used up. charged <= ceiling at
 * every moment. Lock-free; any thread.
 */
#ifndef MG_CHARGE_H
#define MG_CHARGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Requests up to this size may use the reserve after a refusal. */
#define MG_CHARGE_SMALL 4096

/* May be called at any time. limit 0 means no ceiling; reserve is cut to an eighth of it. */
void mg_charge_configure(uint64_t limit_bytes, uint64_t reserve_bytes);

/*
 * Charges at least `need`, at most need + batch, less when the ceiling is near. Returns what was
 * charged, 0 when `need` does not fit (and nothing was charged). `small` requests may use the
 * reserve once it is open.
 */
uint64_t mg_charge_take(uint64_t need, uint64_t batch, bool small);
void mg_charge_give(uint64_t bytes);

/* A refusal opens the reserve; it closes again when as much has become free below it. */
void mg_charge_open_reserve(void);

/* While frozen, growth beyond what is charged now is refused (the RSS ceiling's `fail`). */
void mg_charge_freeze(bool frozen);

/*
 * A sensible batch for one of `threads` threads: all unspent credit together stays below 1/64 of
 * the ceiling, and batches shrink to nothing as it comes near.
 */
uint64_t mg_charge_batch(uint64_t threads);

/* What could be charged now; UINT64_MAX when nothing bounds it. */
uint64_t mg_charge_room(bool small);

uint64_t mg_charge_limit(void);
uint64_t mg_charge_now(void);
uint64_t mg_charge_peak(void); /* the most that was ever charged */

#endif
