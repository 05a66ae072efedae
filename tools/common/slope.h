/* SPDX-License-Identifier: MIT */
/*
 * Does what a process holds grow with every run of the same request? Judged from readings after
 * each run by the median of the slopes of all pairs (Theil-Sen), with an interval from Kendall's
 * rank statistic: outliers hardly move either. Growth that jumps, falls back or slows down is not
 * called a leak. Pure, but for memory.
 */
#ifndef MG_SLOPE_H
#define MG_SLOPE_H

#include <stddef.h>
#include <stdint.h>

/* Fewer readings say nothing at this confidence; more only cost time. */
#define MG_SLOPE_LEAST 8u
#define MG_SLOPE_MOST 1000u
#define MG_SLOPE_CONFIDENCE_PCT 99u

enum mg_slope_verdict {
	MG_SLOPE_STEADY, /* it does not grow by the threshold */
	MG_SLOPE_LEAK,
	MG_SLOPE_UNSURE,
};

/* What a verdict rests on besides the interval. */
enum mg_slope_reason {
	MG_SLOPE_PLAIN, /* nothing else */
	MG_SLOPE_WIDE,  /* unsure: the interval reaches from below the threshold to above it */
	MG_SLOPE_JUMPS, /* all growth is in one or two jumps; steady or unsure */
	MG_SLOPE_FALLS, /* unsure: it fell by most of what it had grown, as a collector does it */
	MG_SLOPE_SLOWS, /* unsure: it grew less and less, as a cache that fills up does */
};

struct mg_slope {
	enum mg_slope_verdict verdict;
	enum mg_slope_reason reason;
	double per_run, low, high; /* bytes; low and high may be infinite */
};

/* readings[i]: bytes after run i. A leak is growth of at least `threshold` bytes per run. 0;
 * -EINVAL for too few or too many, or -ENOMEM. */
int mg_slope_judge(const uint64_t *readings, size_t n, uint64_t threshold, struct mg_slope *out);

/* "steady", "leak", "unsure". */
const char *mg_slope_name(enum mg_slope_verdict verdict);

#endif
