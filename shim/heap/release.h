/* SPDX-License-Identifier: MIT */
/*
 * Releases that the fast path leaves over: every kind of block, from every thread, in every state.
 */
#ifndef MG_RELEASE_H
#define MG_RELEASE_H

/* Keeps errno. `blocks`: what it counts as, 1, or 0 when another has replaced it (realloc). p is
 * not NULL. */
void mg_release(void *p, unsigned blocks);

/* What signal handlers could not release. One load when there is nothing. */
void mg_release_deferred(void);

#endif
