/* SPDX-License-Identifier: MIT */
/* Plays a recording to a model: its clock, its keys, and what the screen says of it. */
#ifndef MG_REPLAY_H
#define MG_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/top/canvas.h"
#include "tools/top/model.h"
#include "tools/top/player.h"
#include "tools/top/recfile.h"

#define MG_REPLAY_ROWS 2 /* of the screen that it takes: the first and the last */

struct mg_replay {
	struct mg_recfile *file;
	struct mg_player player;
	uint64_t first_ms, last_ms; /* of the recording */
	uint64_t lines;             /* that can be played */
	bool is_cut;                /* there is more, but it is damaged */
	bool is_playing, is_typing;
	unsigned speed;
	uint64_t clock_ms, real_ns; /* recorded time at a real time (CLOCK_MONOTONIC) */
	uint64_t next_ms;           /* of the round that comes next; 0: none */
	uint64_t before_ms;         /* of the round before the one that is shown */
	char typed[32];
};

/* 0; or -1, and `why` says what is wrong. Reads the whole file once. */
int mg_replay_open(struct mg_replay *r, const char *path, char why[MG_RECFILE_WHY]);
void mg_replay_close(struct mg_replay *r);

/* Plays up to now. */
void mg_replay_advance(struct mg_replay *r, struct mg_model *m, uint64_t now_ns);

/* Shows the recording as of that time; ms since 1970. */
void mg_replay_jump(struct mg_replay *r, struct mg_model *m, uint64_t to_ms, uint64_t now_ns);

/* True when the key was one for the recording. */
bool mg_replay_key(struct mg_replay *r, struct mg_model *m, int key, uint64_t now_ns);

/* The first and the last row. */
void mg_replay_draw(const struct mg_replay *r, struct mg_canvas *c);

#endif
