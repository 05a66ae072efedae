/* SPDX-License-Identifier: MIT */
/*
 * The table of sites for who only reads: the lock is taken for one site at a time, so sites may
 * come and go between two of them. Any thread, without the lock.
 */
#ifndef MG_SITE_COPY_H
#define MG_SITE_COPY_H

#include "shim/observe/site.h"

/* Slots from here on were never used; 0 where there is no table, or its lock is not to be had. */
unsigned mg_site_copy_end(void);

/* A site as it is now. False when there is none in that slot, or it was never sampled. */
bool mg_site_copy(unsigned slot, struct mg_site *out);

#endif
