/* SPDX-License-Identifier: MIT */
/*
 * What a recording says, as of one moment in it. Lines go in, from the first on; what was said of
 * each process stays, with a history that is made on the way. Knows nothing of files and clocks.
 */
#ifndef MG_PLAYER_H
#define MG_PLAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/common/machine.h"
#include "tools/common/peer.h"
#include "tools/common/reply.h"

#define MG_PLAYER_POINTS 2048
#define MG_PLAYER_NAMES 128

struct mg_track {
	int pid;
	char name[64];
	enum mg_health health;
	bool has_stats;
	int parent_pid;
	char user[33];
	bool is_of_another;
	bool health_is_new, stats_are_new, replies_are_new; /* since this was last told */
	uint64_t stats_ms;
	struct mg_reply_stats stats;
	char *replies[MG_ASKS]; /* NULL: none */
	uint64_t reply_ms[MG_ASKS];
	struct mg_reply_point *points; /* age_ms is a time: ms since 1970 */
	size_t n_points;
};

/* All zero is one before the first line. */
struct mg_player {
	uint64_t now_ms; /* since 1970; 0 before the first time */
	bool has_session, has_machine;
	struct mg_machine machine;
	size_t stat_of[MG_PLAYER_NAMES];
	size_t n_names;
	struct mg_track **list;
	size_t n, cap;
	struct mg_track *replying; /* whose reply the last lines are of */
	enum mg_ask ask;
	char *text;
	size_t text_len, text_cap;
};

/* The next line, which is cut up. 0; -EINVAL when it is damaged; -ENOTSUP for a recording of a
 * later version; -ENOMEM. */
int mg_player_take(struct mg_player *p, char *line);

/* The last line was the last one, for now. */
void mg_player_pause(struct mg_player *p);

struct mg_track *mg_player_find(const struct mg_player *p, int pid);
void mg_player_free(struct mg_player *p);

#endif
