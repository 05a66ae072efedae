/* SPDX-License-Identifier: MIT */
/*
 * Which sites may leak. Each site is judged from its marks; and because one leak is often reached
 * by many stacks, of which none has enough samples, so are all sites together whose three innermost
 * frames are the same. One caller at a time, without the lock of site.h.
 */
#ifndef MG_SUSPECTS_H
#define MG_SUSPECTS_H

#include <stdint.h>

/* Writes verdicts into the slots below `end`, tells of new suspects in an event, each once an hour,
 * and returns how many suspects there are. */
unsigned mg_suspects_find(unsigned end, uint64_t now_ns);

#endif
