/* SPDX-License-Identifier: MIT */
/*
 * A recording, line by line. It is text (compressed with gzip, so zcat shows it):
 *
 *   memgov-record 1               a session begins; nothing of what was before holds
 *   names NAME NAME ...           statistics; later lines mean them by their numbers, from 0
 *   time MS                       since 1970; what follows was seen then, or within a moment
 *   machine TOTAL AVAILABLE SWAP SWAP_FREE [STALL_SOME STALL_FULL]
 *                                 bytes; hundredths of a percent, where the kernel has them
 *   health PID HEALTH NAME        "new", "answers", "stopped", "silent" or "ended"
 *   kin PID PARENT WHOSE USER     its nearest governed ancestor, 0 for none; "own", or "other" than
 *                                 the user that looked
 *   stats PID CHANGE ...          N=VALUE, or N+D and N-D for a number that has changed by D;
 *                                 a blank, % and control characters are %XX in a value
 *   reply PID COMMAND             what the process answered to "policies", "events", "config",
 *   |TEXT                         "history" or "profile": a line each
 *
 * Statistics that did not change are not there. One that counts milliseconds, like uptime_ms, goes
 * on with the time, and is there only when it did not (by 100 ms). Memory of the machine is there
 * when it has changed by more than 1/256. Lines that begin with another word are to be skipped.
 * Pure.
 */
#ifndef MG_RECLINE_H
#define MG_RECLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/common/machine.h"
#include "tools/common/peer.h"

#define MG_RECLINE_VERSION 1
#define MG_RECLINE_BYTES 65536 /* no line is longer */
#define MG_RECLINE_DRIFT_MS 100

enum mg_recline_kind {
	MG_RECLINE_SESSION,
	MG_RECLINE_NAMES,
	MG_RECLINE_TIME,
	MG_RECLINE_MACHINE,
	MG_RECLINE_HEALTH,
	MG_RECLINE_KIN,
	MG_RECLINE_STATS,
	MG_RECLINE_REPLY,
	MG_RECLINE_TEXT,
	MG_RECLINE_UNKNOWN
};

struct mg_recline {
	enum mg_recline_kind kind;
	int pid;
	uint64_t number; /* the version, or the time */
	enum mg_health health;
	enum mg_ask ask; /* MG_ASKS: a command that is not known here */
	struct mg_machine machine;
	int parent_pid;
	bool is_of_another;
	char *rest; /* names; the name of the process, or of its user; changes; the text of a
		       reply's line */
};

/* Cuts the line up. 0, or -EINVAL when it is no line of a recording. */
int mg_recline_parse(char *line, struct mg_recline *out);

struct mg_recline_change {
	uint64_t stat; /* its number */
	char how;      /* '=', '+' or '-' */
	uint64_t by;   /* for '+' and '-' */
	char *value;   /* for '=': as the process printed it */
};

/* The next change of *rest. 1, 0 at the end, or -EINVAL. */
int mg_recline_change(char **rest, struct mg_recline_change *out);

/* Names as they stand in lines. */
const char *mg_recline_health(enum mg_health health);
const char *mg_recline_ask(enum mg_ask ask);

/* A value with %XX for what would end it; cap as for snprintf. And back, in place. */
void mg_recline_escape(const char *value, char *buf, size_t cap);
void mg_recline_unescape(char *value);

#endif
