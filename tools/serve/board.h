/* SPDX-License-Identifier: MIT */
/*
 * What is known of every governed process: how it is, and what it last told. Fed with what a fleet
 * finds. Pure; its owner locks it.
 */
#ifndef MG_BOARD_H
#define MG_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/common/peer.h"
#include "tools/common/reply.h"

#define MG_BOARD_ENDED_NS (10 * UINT64_C(1000000000))

struct mg_board_process {
	struct mg_socket socket;
	char name[64]; /* from /proc, until it has told its own */
	char user[40];
	enum mg_health health;
	uint64_t ended_ns; /* CLOCK_MONOTONIC */
	bool has_stats;    /* kept when it is stopped or silent */
	struct mg_reply_stats stats;
	uint64_t at_ms; /* when they came, since 1970 */
};

/* All zero is an empty one. */
struct mg_board {
	struct mg_board_process *list; /* by pid */
	size_t n, cap;
};

/* A process was found, or its health has changed. -ENOMEM is dropped: the next round finds it
 * again. */
void mg_board_health(
    struct mg_board *b, const struct mg_peer *p, const char *user, uint64_t now_ns);

/* The text behind "ok" of a stats reply, which is cut up. */
void mg_board_stats(struct mg_board *b, int pid, char *body, uint64_t at_ms);

/* Forgets those that ended MG_BOARD_ENDED_NS ago. */
void mg_board_prune(struct mg_board *b, uint64_t now_ns);

/* 0 or -ENOMEM; *out is to be freed. */
int mg_board_copy(const struct mg_board *b, struct mg_board *out);
void mg_board_free(struct mg_board *b);

/* NULL when there is none. */
struct mg_board_process *mg_board_find(const struct mg_board *b, int pid);

/* "new", "answers", "stopped", "silent", "ended". */
const char *mg_board_health_name(enum mg_health health);

/* It can be asked something. */
bool mg_board_is_up(const struct mg_board_process *p);

#endif
