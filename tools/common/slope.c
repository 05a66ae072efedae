/* SPDX-License-Identifier: MIT */
#include "tools/common/slope.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define Z 2.5758 /* of a normal distribution: MG_SLOPE_CONFIDENCE_PCT, both sides */
/* From so many readings on, pieces between two jumps are long enough to say something. */
#define LEAST_FOR_TWO_JUMPS 16
/* The last half of the readings grows at no more than this share of the whole: it slows down. */
#define SLOWER 0.9

/* The readings from `begin` up to `end` belong together; those of different pieces are not
 * compared. */
struct piece {
	size_t begin, end;
};

struct series {
	const double *y;
	size_t n;
	double *slopes; /* room for all pairs */
	double *sorted; /* room for n */
};

struct interval {
	double middle, low, high;
	double z; /* how far the order of the readings is from chance; positive when they grow */
};

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts. */
static double
median(double *x, size_t n)
{
	if (n == 0)
		return 0;
	qsort(x, n, sizeof *x, compare);
	return n % 2 == 1 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

/* What n readings in an order by chance add to the variance, times 18. */
static double
order_variance(double n)
{
	return n * (n - 1) * (2 * n + 5);
}

/* Variance of Kendall's statistic when chance alone orders the piece; equal readings make it less.
 */
static double
piece_variance(const struct series *s, struct piece p)
{
	size_t n = p.end - p.begin, same = 1;
	double v = order_variance((double)n);

	memcpy(s->sorted, s->y + p.begin, n * sizeof *s->sorted);
	qsort(s->sorted, n, sizeof *s->sorted, compare);
	for (size_t i = 1; i <= n; i++) {
		if (i < n && s->sorted[i] == s->sorted[i - 1]) {
			same++;
			continue;
		}
		v -= order_variance((double)same);
		same = 1;
	}
	return v / 18;
}

/* The slopes of all pairs within the piece; `statistic` is Kendall's: pairs that grow less pairs
 * that fall. */
static size_t
piece_slopes(const struct series *s, struct piece p, double *slopes, double *statistic)
{
	size_t n = 0;

	for (size_t i = p.begin; i < p.end; i++) {
		for (size_t j = i + 1; j < p.end; j++) {
			double rise = s->y[j] - s->y[i];

			*statistic += (rise > 0) - (rise < 0);
			slopes[n++] = rise / (double)(j - i);
		}
	}
	return n;
}

static struct interval
measure(const struct series *s, const struct piece *pieces, size_t n_pieces)
{
	double statistic = 0, variance = 0, reach, below;
	struct interval out = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < n_pieces; i++) {
		n += piece_slopes(s, pieces[i], s->slopes + n, &statistic);
		if (pieces[i].end > pieces[i].begin)
			variance += piece_variance(s, pieces[i]);
	}
	out.middle = median(s->slopes, n);
	reach = Z * sqrt(variance);
	below = floor(((double)n - reach) / 2);
	out.low = below >= 1 ? s->slopes[(size_t)below - 1] : -INFINITY;
	out.high = below >= 1 ? s->slopes[n - (size_t)below] : INFINITY;
	if (variance == 0)
		out.low = out.high = out.middle;
	else
		out.z = statistic / sqrt(variance);
	return out;
}

/* Sum of squares around the mean of the readings from `begin` up to `end`, from sums of the first
 * i readings and of their squares. */
static double
spread(const double *sums, const double *squares, size_t begin, size_t end)
{
	double sum = sums[end] - sums[begin];

	if (begin == end)
		return 0;
	return squares[end] - squares[begin] - sum * sum / (double)(end - begin);
}

/* Cuts the readings into three pieces, or two, where level pieces fit best: if anything jumped, it
 * was there. */
static void
cut_at_jumps(const struct series *s, struct piece pieces[3])
{
	double *sums = s->slopes, *squares = s->slopes + s->n + 1, best = INFINITY;
	size_t n = s->n;

	sums[0] = squares[0] = 0;
	for (size_t i = 0; i < n; i++) {
		sums[i + 1] = sums[i] + s->y[i];
		squares[i + 1] = squares[i] + s->y[i] * s->y[i];
	}
	for (size_t b = 1; b < n; b++) {
		for (size_t a = n >= LEAST_FOR_TWO_JUMPS ? 1 : b; a <= b; a++) {
			double cost = spread(sums, squares, 0, a) + spread(sums, squares, a, b) +
				      spread(sums, squares, b, n);

			if (cost >= best)
				continue;
			best = cost;
			pieces[0] = (struct piece){ 0, a };
			pieces[1] = (struct piece){ a, b };
			pieces[2] = (struct piece){ b, n };
		}
	}
}

/* The largest fall from one reading to a later one. */
static double
largest_fall(const struct series *s)
{
	double top = s->y[0], fall = 0;

	for (size_t i = 1; i < s->n; i++) {
		if (s->y[i] > top)
			top = s->y[i];
		if (top - s->y[i] > fall)
			fall = top - s->y[i];
	}
	return fall;
}

/* What is leaked stays: it cannot fall by most of what it grew. */
static bool
falls_back(const struct series *s, double slope)
{
	return largest_fall(s) > slope * (double)(s->n - 1) / 2;
}

static bool
slows_down(const struct series *s, double slope)
{
	struct piece last = { s->n / 2, s->n };

	return measure(s, &last, 1).high < slope * SLOWER;
}

static void
conclude(struct mg_slope *out, enum mg_slope_verdict verdict, enum mg_slope_reason reason)
{
	out->verdict = verdict;
	out->reason = reason;
}

static void
take(struct mg_slope *out, struct interval i)
{
	out->per_run = i.middle;
	out->low = i.low;
	out->high = i.high;
}

static void
judge(const struct series *s, double threshold, struct mg_slope *out)
{
	struct piece whole = { 0, s->n }, pieces[3] = { { 0 } };
	struct interval all, apart;

	cut_at_jumps(s, pieces);
	apart = measure(s, pieces, 3);
	all = measure(s, &whole, 1);
	take(out, all);
	if (all.high < threshold) {
		conclude(out, MG_SLOPE_STEADY, MG_SLOPE_PLAIN);
	} else if (apart.high < threshold) {
		take(out, apart);
		conclude(out, MG_SLOPE_STEADY, MG_SLOPE_JUMPS);
	} else if (all.low <= 0 || all.middle < threshold) {
		conclude(out, MG_SLOPE_UNSURE, MG_SLOPE_WIDE);
	} else if (apart.z <= Z) {
		conclude(out, MG_SLOPE_UNSURE, MG_SLOPE_JUMPS);
	} else if (falls_back(s, all.middle)) {
		conclude(out, MG_SLOPE_UNSURE, MG_SLOPE_FALLS);
	} else if (slows_down(s, all.middle)) {
		conclude(out, MG_SLOPE_UNSURE, MG_SLOPE_SLOWS);
	} else {
		conclude(out, MG_SLOPE_LEAK, MG_SLOPE_PLAIN);
	}
}

int
mg_slope_judge(const uint64_t *readings, size_t n, uint64_t threshold, struct mg_slope *out)
{
	size_t pairs = n * (n - 1) / 2, room = pairs > 2 * n + 2 ? pairs : 2 * n + 2;
	struct series s = { .n = n };
	double *memory;

	if (n < MG_SLOPE_LEAST || n > MG_SLOPE_MOST)
		return -EINVAL;
	memory = malloc((2 * n + room) * sizeof *memory);
	if (memory == NULL)
		return -ENOMEM;
	/* From the first on, so that sums of squares keep their digits. */
	for (size_t i = 0; i < n; i++)
		memory[i] = (double)readings[i] - (double)readings[0];
	s.y = memory;
	s.sorted = memory + n;
	s.slopes = memory + 2 * n;
	judge(&s, (double)threshold, out);
	free(memory);
	return 0;
}

const char *
mg_slope_name(enum mg_slope_verdict verdict)
{
	static const char *const names[] = { "steady", "leak", "unsure" };

	return names[verdict];
}
