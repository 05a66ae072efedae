/* SPDX-License-Identifier: MIT */
/*
 * How a thread of memgov's own is made and ended in somebody else's process: past whoever wraps
 * pthread_create, with all signals blocked, and gone for the kernel too when it is said to have
 * ended.
 */
#ifndef MG_SPAWN_H
#define MG_SPAWN_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* At start, while nobody holds a lock of the loader's. */
void mg_spawn_prepare(void);

/* Returns 0, or an error number. Not under a lock. */
int mg_spawn_thread(pthread_t *out, void *(*body)(void *));

/* Waits for the end of a thread, whose number for the kernel is tid; false when it lasts longer. */
bool mg_spawn_join(pthread_t thread, int tid, uint64_t most_ns);

#endif
