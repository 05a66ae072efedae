/* SPDX-License-Identifier: MIT */
/*
 * The table of sites. Slot 0 is the site "other". A site that holds nothing waits in a list, the
 * one that was left longest ago first; when the table is full a new site takes its slot, and what
 * it had allocated is added to "other".
 *
 * From mg_site_find() on: with the lock held, and the table open. Sizes are estimates.
 */
#ifndef MG_SITE_H
#define MG_SITE_H

#include "shim/observe/site_lock.h"
#include "shim/observe/sites.h"
#include "shim/observe/unwind.h"
#include "shim/tables/trend.h"

#include <stdbool.h>
#include <stdint.h>

/* The newest mark of all is now, and not kept. */
#define MG_SITE_MARKS (MG_TREND_MARKS - 1)

struct mg_site {
	uint64_t hash;       /* of its frames */
	uint32_t number;     /* never another site's; 0: "other" */
	uint32_t in, out;    /* samples taken and released; their difference is live */
	uint32_t thinned;    /* less these, until a thinning has ended */
	uint16_t next;       /* in its chain, or of the free slots */
	uint16_t left, came; /* neighbours in the list of those that hold nothing; came: was left
			      * after this one */
	uint8_t depth;
	uint8_t verdict; /* enum mg_trend_verdict, of the last look */
	double live_blocks, live_bytes, alloc_blocks, alloc_bytes;
	double bytes_per_minute;
	uint64_t first_ns, last_ns;       /* samples */
	uint64_t large_ns, suspect_ns;    /* when it was last told about; 0: never */
	uint64_t frames[MG_UNWIND_DEPTH]; /* innermost first */
	struct mg_trend_mark marks[MG_TREND_SCALES][MG_SITE_MARKS]; /* see marks.h */
};

/* Maps the table, unless it is there. False without memory. */
bool mg_site_open(void);
bool mg_site_is_open(void);

/* The lock (site_lock.h). False when it is not to be had, or there is no table: things are left as
 * they are. */
bool mg_site_enter(void);

/* The slot of a stack; a new one, or 0, when it has none yet. */
unsigned mg_site_find(const uint64_t *frames, unsigned depth, uint64_t now_ns);
struct mg_site *mg_site_at(unsigned slot);
unsigned mg_site_end(void); /* slots from here on were never used */

/* A sample comes or goes: `blocks` of `bytes` each. */
void mg_site_add(unsigned slot, double blocks, uint64_t bytes);
void mg_site_remove(unsigned slot, double blocks, uint64_t bytes);
/* One that was removed is back, it had only grown or moved. */
void mg_site_restore(unsigned slot, double blocks, uint64_t bytes);

/* While samples are thinned out: one is forgotten, or stands for so many blocks more. */
void mg_site_thin(unsigned slot, double blocks, uint64_t bytes);
void mg_site_weigh(unsigned slot, double blocks, uint64_t bytes);

/* Drops sites that hold nothing and were left before; at most so many. True: there may be more. */
bool mg_site_drop(uint64_t before_ns, unsigned most);

unsigned mg_site_count(void); /* without "other" */
uint64_t mg_site_own_bytes(void);

/* The same site, whatever its slot is then: for a sample that is nowhere for a moment. */
uint32_t mg_site_name(unsigned slot);
unsigned mg_site_named(uint32_t name, bool *is_same_out); /* 0 when it is gone */

/* In a fork child; false: another thread may have left the tables half written, this one is gone.
 */
bool mg_site_after_fork_child(void);

#endif
