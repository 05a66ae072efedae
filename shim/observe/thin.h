/* SPDX-License-Identifier: MIT */
/*
 * Every second sample is forgotten, those that stay count double, and what sites have counted
 * halves: as if only half as many samples had been taken from the start. In steps, with the lock of
 * site.h for some microseconds each, so that it is whole again only when it has ended.
 */
#ifndef MG_THIN_H
#define MG_THIN_H

#include <stdbool.h>

/* Without the lock. False, and nothing done, while another thread is at it. */
bool mg_thin_run(void);

void mg_thin_after_fork_child(void);

#endif
