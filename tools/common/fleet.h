/* SPDX-License-Identifier: MIT */
/*
 * All governed processes at once: finds their sockets, asks every process once a round, all at the
 * same time, and hands each reply to a sink. A process that is new is also asked for its history. A
 * process that is stopped is not asked; one that does not answer is asked less and less often;
 * neither delays the others. At most one request is under way per process.
 */
#ifndef MG_FLEET_H
#define MG_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/common/peer.h"
#include "tools/common/sockets.h"

struct mg_fleet_sink {
	void *context;
	/* A reply, or -errno and no text, for commands and profiles only. The text may be cut up;
	 * it is gone after the call. */
	void (*reply)(void *context, const struct mg_peer *p, enum mg_ask ask, int result,
	    char *text, uint64_t now_ns);
	/* Called for every process that is found, and whenever its health or parent changes. */
	void (*health)(void *context, const struct mg_peer *p, uint64_t now_ns);
};

/* Set `sink` and, to look at some processes only, `only`; where each is to be asked for
 * its policies, events and config every so often, and for its profile more rarely,
 * `texts_every_ns`; the rest starts as all zero. */
struct mg_fleet {
	struct mg_fleet_sink sink;
	const int *only;
	size_t n_only;
	struct mg_peer **peers;
	size_t n, cap, busy;
	bool has_changed; /* in its members, since parents were looked for */
	int focus_pid;
	bool wants_profile;
	uint64_t texts_every_ns;
	struct mg_sockets sockets;
};

/* Begins a round: looks for processes that have come or gone, and asks each for its statistics. 0
 * or -ENOMEM. */
int mg_fleet_begin(struct mg_fleet *f, uint64_t now_ns);

enum mg_fleet_event { MG_FLEET_TIME, MG_FLEET_INPUT, MG_FLEET_SETTLED, MG_FLEET_SIGNAL };

/*
 * Takes part in the exchanges until `until_ns`, until `fd` (-1: none) can be read or has been hung
 * up, until the last reply is there, or until a signal comes.
 */
enum mg_fleet_event mg_fleet_wait(struct mg_fleet *f, int fd, uint64_t until_ns);

/* This process is also asked for policies, history, events and config; from now on, in every round.
 * 0: none. */
void mg_fleet_focus(struct mg_fleet *f, int pid, uint64_t now_ns);

/* The process in focus is also asked for its profile, from now on, in every round, but not before 2
 * s are over. */
void mg_fleet_profile(struct mg_fleet *f, bool wanted, uint64_t now_ns);

/* Sends a command that changes something. 0, -ESRCH, -E2BIG, or -EBUSY while an earlier one is
 * under way. */
int mg_fleet_command(struct mg_fleet *f, int pid, const char *command, uint64_t now_ns);

void mg_fleet_end(struct mg_fleet *f);

#endif
