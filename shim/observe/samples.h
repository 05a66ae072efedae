/* SPDX-License-Identifier: MIT */
/*
 * Samples that are live, by the address of their block: chains in an array that grows by one chain
 * at a time (linear hashing), so that no insertion takes long and memory is used as it is needed.
 * With the lock of site.h held, and open, except where it says otherwise.
 */
#ifndef MG_SAMPLES_H
#define MG_SAMPLES_H

#include "shim/observe/sites.h"

#include <stdbool.h>
#include <stdint.h>

struct mg_samples_entry {
	uintptr_t address; /* 0: this entry is free */
	uint64_t bytes;
	double weight;
	uint32_t born_s;
	uint32_t next;
	uint16_t slot; /* of its site */
};

/* Maps the table, unless it is there. False without memory. Without the lock. */
bool mg_samples_open(void);

/* `e->next` is of no meaning. False when there is no room. */
bool mg_samples_add(const struct mg_samples_entry *e);
/* False when there is none of that address. */
bool mg_samples_remove(uintptr_t address, struct mg_samples_entry *out);

/* For those who look at all: numbers from 1 to below mg_samples_end(); NULL for one that is free.
 */
uint32_t mg_samples_end(void);
struct mg_samples_entry *mg_samples_at(uint32_t i);

uint32_t mg_samples_count(void);
uint64_t mg_samples_own_bytes(void);

/* In a fork child that cannot trust the table: starts empty. */
void mg_samples_reset(void);

#endif
