/* SPDX-License-Identifier: MIT */
/*
 * Who holds the memory: samples that are still live, by address, and the sites (stacks) they come
 * from, each with what it has allocated and still holds, and marks of that over time. The sink of
 * heap/sample.h. Bounded in every direction:
 *
 *   sites     MG_SITES; a new one takes the place of the one that holds nothing and was left
 *             longest ago, else counts as site 0, "other". Unused for 24 h: dropped, every 10
 *             minutes.
 *   samples   MG_SITES_SAMPLES live ones; when they are more, every second one is forgotten, the
 *             rest count double, and the mean between samples is doubled until the option gets
 *             another value (an event says so).
 *
 * Tables lie in mappings of their own, counted in own_bytes, and their pages come with use. One
 * lock, under which there is no system call and no allocation; stacks are taken before it. Any
 * thread.
 */
#ifndef MG_SITES_H
#define MG_SITES_H

#include "shim/base/text.h"
#include "shim/heap/sample.h"
#include "shim/tables/trend.h"

#include <stdint.h>

#define MG_SITES 4096u
#define MG_SITES_SAMPLES 65536u
/* Estimated live bytes by age: < 10 s, 1 min, 10 min, 1 h, 1 day, older. */
#define MG_SITES_AGES 6u

/* The defaults of MEMGOV_SAMPLE and MEMGOV_LARGE_ALLOC, for programs whose options nobody reads. */
#define MG_SITES_SAMPLE_BYTES ((uint64_t)512 << 10)
#define MG_SITES_LARGE_BYTES ((uint64_t)10 << 20)

/* Makes this the heap's sink. Once, before threads. */
void mg_sites_start(void);

/* MEMGOV_SAMPLE and MEMGOV_LARGE_ALLOC, at start and whenever they may have been set. Not under a
 * lock. */
void mg_sites_configure(uint64_t sample_bytes, uint64_t large_alloc_bytes);

/* No samples from here on, whatever the options say: the process enters a sandbox, where a system
 * call may be its end. What was sampled is still forgotten when it is released. */
void mg_sites_seal(void);

/* Writes marks that are due, drops what is old, and finds out which sites are suspect: an event
 * tells when one becomes it, once an hour. For the governor's looks. */
void mg_sites_look(uint64_t now_ns);

/* How long the next of these looks may wait: for marks, as long as samples come and go. UINT64_MAX:
 * as long as it likes. */
uint64_t mg_sites_wait_ns(uint64_t now_ns);

struct mg_sites_sum {
	uint64_t samples; /* taken since the start */
	uint64_t live_samples, sites, suspects;
	uint64_t own_bytes;
};
struct mg_sites_sum mg_sites_read(void);
uint64_t mg_sites_uptime_ms(uint64_t now_ns); /* since mg_sites_start() */

/*
 * Body of the socket's `sites N`: a heading, and a line for each of the N first sites: suspects,
 * then growing ones, then by live bytes:
 *
 *   # site live_bytes live_blocks bytes_per_minute verdict frames
 *   17 5242880 5120 1048576 suspect leak+0x1189 < libc.so.6+0x2724a
 */
void mg_sites_print(struct mg_text *t, unsigned most);

/*
 * Body of the socket's `profile`: everything, for tools. Lines of words, in this order; counts are
 * decimal, frames are MODULE+OFFSET (decimal, "+0x", hex), innermost first:
 *
 *   memgov-profile 1
 *   pid 4711
 *   uptime_ms 60123
 *   sample_bytes 524288             the mean between samples now; 0 when there are none
 *   samples 123 45                  taken since the start, live
 *   marks 0 60000 55000 ... 0       for each scale: age of each mark in ms, oldest first
 *   marks 1 ...
 *   marks 2 ...
 *   module 1 ...                    see modules.h
 *   site 17 LIVE_BLOCKS LIVE_BYTES ALLOC_BLOCKS ALLOC_BYTES IN OUT FIRST_MS LAST_MS
 *   ages B0 ... B5                  estimated live bytes by age; missing when all is 0
 *   frames 1+0x1189 2+0x2724a       missing when there was no stack
 *   trend 0 IN:OUT:LIVE_BYTES ...   for each scale, a word for each mark; missing when all is 0
 *   end                             so that a cut reply is told from a whole one
 *
 * Blocks and bytes are estimates; IN and OUT are samples, halved when samples were; FIRST_MS and
 * LAST_MS are ages of the site's first and last sample. A site's number is never another site's,
 * later on. Site 0 is "other".
 */
void mg_sites_print_profile(struct mg_text *t, uint64_t now_ns);
size_t mg_sites_print_room(void); /* bytes that mg_sites_print_profile() needs at most, now */

/* "leak+0x1189 < libc.so.6+0x2724a < ..."; a few of the innermost. */
void mg_sites_print_frames(struct mg_text *t, const uint64_t *frames, unsigned depth);

void mg_sites_before_fork(void);
void mg_sites_after_fork_parent(void);
void mg_sites_after_fork_child(void);

/* Exposed only for testing: the sink, with stacks of the caller's. */
void mg_sites_take(void *p, uint64_t bytes, double weight, const uint64_t *frames, unsigned depth);
void mg_sites_tell_large(uint64_t bytes, const uint64_t *frames, unsigned depth);
extern const struct mg_sample_sink mg_sites_sink;

#endif
