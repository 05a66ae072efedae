/* SPDX-License-Identifier: MIT */
/*
 * Marks: what every site held at the same times, 4.5 s, a minute and ten minutes apart, so that its
 * trend can be judged, and those of several sites added up. Written at the governor's looks; one
 * caller at a time.
 */
#ifndef MG_MARKS_H
#define MG_MARKS_H

#include "shim/observe/site.h"

/* The scales whose next mark is due, a bit each. */
unsigned mg_marks_due(uint64_t now_ns);

/* Until the shortest scale's is, 4.5 s after the last one. */
uint64_t mg_marks_wait_ns(uint64_t now_ns);

/* For every due scale: into the place of the oldest mark of each site; then the time is noted,
 * which makes them marks. */
void mg_marks_write(struct mg_site *s, unsigned due);
void mg_marks_note(unsigned due, uint64_t now_ns);

/* Fills `marks` and `age_ms` (either may be NULL), oldest first, with what the site holds now
 * behind; returns how many. */
unsigned mg_marks_read(const struct mg_site *s, unsigned scale, uint64_t now_ns,
    struct mg_trend_mark *marks, uint64_t *age_ms);

/* The verdict over all scales. */
struct mg_trend mg_marks_judge(const struct mg_site *s, uint64_t now_ns);

/* All that is counted halves, for samples are only half as many from now on. */
void mg_marks_halve(struct mg_site *s);

#endif
