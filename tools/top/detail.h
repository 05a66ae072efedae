/* SPDX-License-Identifier: MIT */
/*
 * The page of one process, as far as it can be known: its history, and five parts (policies,
 * events, sites, statistics, settings); sites only when they were chosen, for a profile is dear.
 * Fed with replies; panes.h draws it. Pure, but for mg_detail_name().
 */
#ifndef MG_DETAIL_H
#define MG_DETAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/common/fleet.h"
#include "tools/common/reply.h"
#include "tools/top/procs.h"
#include "tools/top/sitelist.h"

#define MG_DETAIL_POINTS 10000 /* as many as MEMGOV_HISTORY allows */
#define MG_DETAIL_EVENTS 200
#define MG_DETAIL_POLICIES 16
#define MG_DETAIL_SETTINGS 64

enum mg_detail_part {
	MG_DETAIL_PART_POLICIES,
	MG_DETAIL_PART_EVENTS,
	MG_DETAIL_PART_SITES,
	MG_DETAIL_PART_STATISTICS,
	MG_DETAIL_PART_SETTINGS,
	MG_DETAIL_PARTS
};

struct mg_detail_setting {
	char name[40];
	char value[256];
};

/* Large; lives on the heap. All zero is the page of no process. */
struct mg_detail {
	int pid;
	enum mg_detail_part part;
	size_t cursor, top; /* in the part */
	size_t page;        /* rows of the part that were shown last */
	bool is_stack_open; /* the selected site's, and it is what scrolls */
	size_t stack_top;
	uint64_t span_ms; /* of the charts; 0: as fits */
	struct mg_sitelist sites;
	size_t n_policies, n_events, n_settings, n_points;
	char missing[MG_ASKS][96]; /* why a reply is not there; empty when it is */
	struct mg_reply_policy policies[MG_DETAIL_POLICIES];
	struct mg_reply_event events[MG_DETAIL_EVENTS]; /* latest first */
	struct mg_detail_setting settings[MG_DETAIL_SETTINGS];
	struct mg_reply_point points[MG_DETAIL_POINTS];
};

void mg_detail_open(struct mg_detail *d, int pid);
void mg_detail_close(struct mg_detail *d);

/* A reply to `ask`: the text behind "ok", or the reason of an error. */
void mg_detail_reply(struct mg_detail *d, enum mg_ask ask, int result, char *text);

/* Looks up names of sites until then. */
void mg_detail_name(struct mg_detail *d, uint64_t until_ns);

void mg_detail_show(struct mg_detail *d, enum mg_detail_part part);
void mg_detail_move(struct mg_detail *d, const struct mg_proc *p, long by);

void mg_detail_toggle_stack(struct mg_detail *d);

/* Brings the cursor into sight, in a part of n rows, of which so many are shown. */
void mg_detail_scroll(struct mg_detail *d, size_t rows, size_t n);

/* The setting that may be edited: the selected one; with the sites, how much is sampled; else NULL.
 */
const struct mg_detail_setting *mg_detail_selected(const struct mg_detail *d);

/* The time that charts show; and the next longer range, or the next shorter one. */
uint64_t mg_detail_span_ms(const struct mg_detail *d);
void mg_detail_zoom(struct mg_detail *d, int by);

#endif
