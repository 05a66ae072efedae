/* SPDX-License-Identifier: MIT */
/*
 * Does what a site holds only grow? Judged from marks: readings of one site, or of several summed
 * up, at growing times. Samples are few and fall at random, so growth counts only when it is more
 * than chance, spread over the whole span, and not slowing down. Pure.
 */
#ifndef MG_TREND_H
#define MG_TREND_H

#include <stdbool.h>
#include <stdint.h>

/* Three sets of marks: some seconds, a minute, ten minutes apart. */
#define MG_TREND_SCALES 3u
#define MG_TREND_MARKS 13u

struct mg_trend_mark {
	uint32_t in, out;    /* samples taken, samples released, since the site was first seen */
	uint64_t live_bytes; /* estimated */
};

enum mg_trend_verdict {
	MG_TREND_STEADY,  /* or too little is known */
	MG_TREND_GROWING, /* it grew over the span, but that may be a start, or chance */
	MG_TREND_SUSPECT, /* it grew all along, for nearly a minute at least */
};

struct mg_trend {
	enum mg_trend_verdict verdict;
	double bytes_per_minute; /* over the span; may be negative */
	double sigmas;           /* how far the growth in samples is from chance */
	uint64_t span_ms;
	double growth, fall;   /* samples: over the span; the most that it fell back meanwhile */
	double slowing_sigmas; /* after the first quarter; how far from steady growth or faster */
};

/* n marks, oldest first, age_ms[i] of marks[i] (descending); the last is now. */
struct mg_trend mg_trend_judge(
    const struct mg_trend_mark *marks, const uint64_t *age_ms, unsigned n);

/*
 * The scale whose verdict is worst; of equal ones the longest span. Suspect is not what, as any of
 * the scales shows, falls back by half of its growth, or slows down.
 */
struct mg_trend mg_trend_worst(const struct mg_trend *scales, unsigned n);

/* "steady", "growing", "suspect". */
const char *mg_trend_name(enum mg_trend_verdict verdict);

#endif
