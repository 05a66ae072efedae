/* SPDX-License-Identifier: MIT */
/*
 * What is known of each governed process: its last statistics, the rates between the last two, and
 * the course of its footprint. Fed with replies and times, asks nobody. Pure.
 */
#ifndef MG_PROCS_H
#define MG_PROCS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/common/fleet.h"
#include "tools/common/reply.h"

#define MG_PROCS_TREND 240

struct mg_proc {
	int pid;
	char name[64];      /* from /proc, until the process has told its own */
	char user[33];      /* its owner; empty when that is not known */
	bool is_of_another; /* user than the one that looks */
	int parent_pid;     /* nearest governed process that it descends from, as it was told; 0 */
	bool is_folded;     /* what is below it in the tree is not shown */
	enum mg_health health;
	uint64_t ended_ns;
	bool has_stats, has_rates;
	uint64_t at_ns; /* when the statistics came */
	struct mg_reply_stats stats;
	uint64_t rates[MG_REPLY_STATS]; /* of the counters, per second */
	uint64_t trend[MG_PROCS_TREND]; /* footprint at each reply, oldest first */
	size_t n_trend;
};

/* All zero is an empty list. */
struct mg_procs {
	struct mg_proc **list; /* in the order of arrival */
	size_t n, cap;
};

/* A process was found, or its health has changed. -ENOMEM is dropped: the next round finds it
 * again. */
void mg_procs_health(
    struct mg_procs *p, int pid, const char *name, enum mg_health health, uint64_t now_ns);

/* Whose it is, and which governed process it descends from; 0: none. */
void mg_procs_kin(
    struct mg_procs *p, int pid, int parent_pid, const char *user, bool is_of_another);

/* The text behind "ok" of a stats reply. */
void mg_procs_stats(struct mg_procs *p, int pid, char *body, uint64_t now_ns);

/*
 * Points of the past, oldest first, in front of what was seen: one for every `step_ns`, as the
 * replies will come; 0: as many as make a picture of all of it.
 */
void mg_procs_history(
    struct mg_procs *p, int pid, const struct mg_reply_point *points, size_t n, uint64_t step_ns);

/* Drops those that ended a while ago, but not `keep_pid`. They stay for some seconds, so that an
 * end is seen. */
void mg_procs_prune(struct mg_procs *p, int keep_pid, uint64_t now_ns);
void mg_procs_free(struct mg_procs *p);

/* NULL when there is none. */
struct mg_proc *mg_procs_find(const struct mg_procs *p, int pid);

/* A number, 0 when the process did not send it. */
uint64_t mg_procs_number(const struct mg_proc *p, size_t stat);

/* As mg_procs_kin() told; or else what the process says itself. 0: none. */
int mg_procs_parent(const struct mg_proc *p);

/* The value of a column: "active", or how it is when it does not answer. */
const char *mg_procs_state(const struct mg_proc *p);
const char *mg_procs_command(const struct mg_proc *p);

#endif
