/* SPDX-License-Identifier: MIT */
/*
 * Makes a recording of what a fleet answers: only what has changed, in the lines that recline.h
 * describes, handed to a function that keeps them. Asks nobody and reads no clock.
 */
#ifndef MG_RECORDER_H
#define MG_RECORDER_H

#include <stddef.h>
#include <stdint.h>

#include "tools/common/machine.h"
#include "tools/common/peer.h"
#include "tools/common/reply.h"

struct mg_recorder_process {
	int pid;
	bool has_stats;
	uint64_t at_ms;              /* of the last statistics */
	struct mg_reply_stats stats; /* as a reader has them by now */
	uint64_t hashes[MG_ASKS];    /* of the last replies; 0: none */
	uint64_t profile_ms;         /* no profile before this */
};

/* Set `write` and `context`; the rest starts as all zero. */
struct mg_recorder {
	void (*write)(void *context, const char *text, size_t n);
	/* The file of the program, which a process does not name itself; "" when that is not known.
	 * NULL where nobody knows. */
	void (*program)(void *context, int pid, char *buf, size_t cap);
	void *context;
	bool has_begun;
	uint64_t now_ms;
	struct mg_machine machine;
	struct mg_recorder_process **list;
	size_t n, cap;
};

/* A round begins; ms since 1970. */
void mg_recorder_round(struct mg_recorder *r, uint64_t now_ms, const struct mg_machine *machine);
void mg_recorder_health(struct mg_recorder *r, int pid, const char *name, enum mg_health health);

/* Whose it is, and which governed process it descends from; 0: none. */
void mg_recorder_kin(
    struct mg_recorder *r, int pid, int parent_pid, const char *user, bool is_of_another);

/* A whole reply; it is left as it is. */
void mg_recorder_reply(struct mg_recorder *r, int pid, enum mg_ask ask, const char *text);

void mg_recorder_free(struct mg_recorder *r);

#endif
