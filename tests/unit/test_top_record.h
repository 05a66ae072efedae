/* SPDX-License-Identifier: MIT */
/* A recorder whose lines are kept as one text, and a player that they are fed to. */
#ifndef TEST_TOP_RECORD_H
#define TEST_TOP_RECORD_H

#include <stdio.h>
#include <string.h>

#include "tests/unit/support.h"
#include "tools/top/player.h"
#include "tools/top/recorder.h"

static char written[65536];
static size_t written_len;
static struct mg_recorder recorder;
static struct mg_player player;

static inline void
keep(void *context, const char *text, size_t n)
{
	(void)context;
	cr_assert(lt(sz, written_len + n, sizeof written));
	memcpy(written + written_len, text, n);
	written_len += n;
	written[written_len] = '\0';
}

static inline void
set_up(void)
{
	recorder = (struct mg_recorder){ .write = keep };
	player = (struct mg_player){ 0 };
	written[written_len = 0] = '\0';
}

static inline void
tear_down(void)
{
	mg_recorder_free(&recorder);
	mg_player_free(&player);
}

static const struct mg_machine machine = { .total_bytes = 1000, .available_bytes = 600 };

static inline void
begin_round(uint64_t ms)
{
	mg_recorder_round(&recorder, ms, &machine);
}

/* What a process says in the round that has begun. */
static inline void
say(int pid, enum mg_ask ask, const char *text)
{
	char reply[1024];

	snprintf(reply, sizeof reply, "ok\n%s", text);
	mg_recorder_reply(&recorder, pid, ask, reply);
}

/* The line behind `from` that begins so; "" when there is none. */
static inline char *
line_with(const char *from, const char *begin)
{
	static char line[1024];
	const char *at = from;

	while (at != NULL && strncmp(at, begin, strlen(begin)) != 0) {
		at = strchr(at, '\n');
		at = at != NULL && at[1] != '\0' ? at + 1 : NULL;
	}
	snprintf(line, sizeof line, "%.*s", at != NULL ? (int)strcspn(at, "\n") : 0,
	    at != NULL ? at : "");
	return line;
}

/* 0, or what the player says of the first line that it does not take. */
static inline int
play(const char *text)
{
	char copy[65536], *rest = copy;
	int err = 0;

	snprintf(copy, sizeof copy, "%s", text);
	while (err == 0 && *rest != '\0') {
		char *line = rest;

		rest += strcspn(rest, "\n");
		*rest++ = '\0';
		err = mg_player_take(&player, line);
	}
	mg_player_pause(&player);
	return err;
}

#define HEAD "memgov-record 1\nnames version command heap_footprint_bytes uptime_ms of_later\n"

#endif
