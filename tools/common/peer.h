/* SPDX-License-Identifier: MIT */
/*
 * One governed process as the fleet sees it: what it is to be asked next, and how it is. Asks
 * nobody and reads no clock.
 */
#ifndef MG_PEER_H
#define MG_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/common/client.h"
#include "tools/common/process.h"
#include "tools/common/sockets.h"

/* In the order in which they are asked. */
enum mg_ask {
	MG_ASK_COMMAND,
	MG_ASK_STATS,
	MG_ASK_POLICIES,
	MG_ASK_HISTORY,
	MG_ASK_EVENTS,
	MG_ASK_CONFIG,
	MG_ASK_PROFILE, /* up to some megabytes */
	MG_ASKS
};

enum mg_health {
	MG_HEALTH_NEW, /* found, not heard of yet */
	MG_HEALTH_ANSWERS,
	MG_HEALTH_STOPPED, /* by a signal or a debugger */
	MG_HEALTH_SILENT,  /* runs and does not answer in time */
	MG_HEALTH_ENDED,
};

struct mg_peer {
	struct mg_socket socket;
	struct mg_process process; /* pid is 0 when it is not in /proc: another PID namespace */
	uid_t uid;                 /* whose it is */
	int parent_pid;            /* nearest governed process that it descends from; 0: none */
	enum mg_health health;
	struct mg_client client;
	enum mg_ask asking;
	bool known;          /* has been asked for its history once */
	unsigned wanted;     /* 1 << mg_ask: still to be asked in this round */
	unsigned failures;   /* statistics without an answer, in a row */
	uint64_t retry_ns;   /* not asked before this */
	uint64_t profile_ns; /* nor for its profile before this */
	uint64_t texts_ns;   /* nor every so often before this; and for its profile, */
	uint64_t rare_ns, rare_every_ns;
	char command[MG_CLIENT_REQUEST_BYTES];
};

/*
 * A new round, after `process` was read: a stopped process is asked nothing, one that failed only
 * after a pause that doubles, one in focus everything. Returns its health as it now is.
 */
enum mg_health mg_peer_want(struct mg_peer *p, bool focused, uint64_t now_ns);

/* Also for policies, history, events and config, in this round. */
void mg_peer_want_details(struct mg_peer *p);

/* Also for policies, events and config every so often, when it answers or is new; for its profile,
 * which is large, at doubling intervals of up to 32 times that. */
void mg_peer_want_texts(struct mg_peer *p, uint64_t every_ns, uint64_t now_ns);

/* Also for its profile, when it answers and was not asked for it in the last 2 s. */
void mg_peer_want_profile(struct mg_peer *p, uint64_t now_ns);

/* Takes the next request off what is wanted; false when there is none. `timeout_ns_out` is the
 * time that an answer may take. */
bool mg_peer_next(
    struct mg_peer *p, enum mg_ask *ask_out, const char **text_out, uint64_t *timeout_ns_out);

/* What a request ended with: 0 or -errno. Returns its health as it now is. */
enum mg_health mg_peer_conclude(struct mg_peer *p, enum mg_ask ask, int result, uint64_t now_ns);

#endif
