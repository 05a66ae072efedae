/* SPDX-License-Identifier: MIT */
/*
 * The connections there are. Whoever does not bring a whole request in time is sent away: the
 * timeout of libmicrohttpd begins anew with each byte. Any thread.
 */
#ifndef MG_GUESTS_H
#define MG_GUESTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MG_GUESTS 64 /* are answered */
#define MG_GUESTS_SPARE                                                           \
	16 /* more are told that they are too many; what comes then waits outside \
	    */
#define MG_GUESTS_WAIT_NS (15 * UINT64_C(1000000000))  /* for a whole request */
#define MG_GUESTS_BUSY_NS (120 * UINT64_C(1000000000)) /* until an answer has been taken */

struct mg_guest {
	bool is_here, is_busy; /* a whole request has come, and its answer has not gone */
	int fd;
	uint64_t since_ns; /* it is as it is */
};

struct mg_guests {
	pthread_mutex_t mutex;
	struct mg_guest list[MG_GUESTS + MG_GUESTS_SPARE];
	size_t n;
};

void mg_guests_init(struct mg_guests *g);

/* NULL when there is no room, which the others take for nobody. */
struct mg_guest *mg_guests_come(struct mg_guests *g, int fd, uint64_t now_ns);
void mg_guests_go(struct mg_guests *g, struct mg_guest *guest);
void mg_guests_turn(struct mg_guests *g, struct mg_guest *guest, bool is_busy, uint64_t now_ns);

bool mg_guests_are_too_many(struct mg_guests *g);

/* Hangs up on those that have taken too long. */
void mg_guests_sweep(struct mg_guests *g, uint64_t now_ns);

#endif
