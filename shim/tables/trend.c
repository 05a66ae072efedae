/* SPDX-License-Identifier: MIT */
#include "shim/tables/trend.h"

#define QUARTERS 4u
/* Since growth began, as far as marks some seconds apart can tell. */
#define LEAST_MS 51500u
#define GROWING_SIGMAS 2.5
/* A quarter may fall so far short of its share by chance, and growth slow down so much. */
#define LUCK_SIGMAS 2.5
/* The later half alone must have grown so much more than chance: by more where samples are also
 * released. */
#define LATE_SIGMAS 2.0
#define LATE_SIGMAS_RELEASED 3.0
#define MS_PER_MINUTE 60000.0

/* From one mark to another. */
struct part {
	double growth; /* samples taken less samples released */
	double moves;  /* by chance alone growth is about its root */
	double ms;
};

static double
live_at(const struct mg_trend_mark *mark)
{
	return (int32_t)(mark->in - mark->out);
}

/*
 * By chance, what is taken and what is released both vary by their root; but where blocks live
 * shortly they cancel out, however many there are, and what is live varies by its own root.
 */
static struct part
part_of(const struct mg_trend_mark *marks, const uint64_t *age_ms, unsigned from, unsigned to)
{
	double in = (int32_t)(marks[to].in - marks[from].in);
	double out = (int32_t)(marks[to].out - marks[from].out);
	double both = live_at(&marks[from]) + live_at(&marks[to]);
	double moves = in + out < both ? in + out : both;

	return (struct part){ .growth = in - out,
		.moves = moves > 0 ? moves : 0,
		.ms = (double)(age_ms[from] - age_ms[to]) };
}

static double
square(double x)
{
	return x * x;
}

/* By Newton's method: the library does without libm. */
static double
root(double x)
{
	double r = x > 1 ? x : 1;

	for (int i = 0; i < 100; i++) {
		double next = (r + x / r) / 2;

		if (next >= r)
			break;
		r = next;
	}
	return x > 0 ? r : 0;
}

/* Growth begins with the last mark at which there had been nothing yet. */
static unsigned
find_start(const struct mg_trend_mark *marks, unsigned n)
{
	unsigned start = 0;

	while (start + 2 < n && marks[start + 1].in == 0)
		start++;
	return start;
}

/* The mark that is nearest to so many quarters of the span. */
static unsigned
find_mark(const uint64_t *age_ms, unsigned start, unsigned n, unsigned quarters)
{
	double span = (double)(age_ms[start] - age_ms[n - 1]);
	double want = (double)age_ms[start] - span * quarters / QUARTERS;
	unsigned best = start;

	for (unsigned i = start; i < n; i++) {
		if (square((double)age_ms[i] - want) <= square((double)age_ms[best] - want))
			best = i;
	}
	return best;
}

/*
 * Chance is what taking and releasing at random would do, or how far the marks lie off the straight
 * line: jobs that come and go move many samples together.
 */
static double
find_chance(const struct mg_trend_mark *marks, const uint64_t *age_ms, unsigned start, unsigned n)
{
	struct part all = part_of(marks, age_ms, start, n - 1);
	double squares = 0;

	for (unsigned i = start + 1; i + 1 < n; i++) {
		struct part p = part_of(marks, age_ms, start, i);

		squares += square(p.growth - all.growth * p.ms / all.ms);
	}
	squares *= 3.0 / (n - start);
	return root(squares > all.moves ? squares : all.moves);
}

static double
find_fall(const struct mg_trend_mark *marks, unsigned n)
{
	double peak = 0, fall = 0;

	for (unsigned i = 0; i < n; i++) {
		double live = live_at(&marks[i]);

		peak = live > peak ? live : peak;
		fall = peak - live > fall ? peak - live : fall;
	}
	return fall;
}

/*
 * Does growth come early rather than late? Each step's growth times its distance from the middle is
 * 0 in sum when growth is steady. Its chance is that of the moves, times how many of them come at
 * once, which shows in how much a step differs from its neighbours.
 */
static double
find_slowing(const struct mg_trend_mark *marks, const uint64_t *age_ms, unsigned start, unsigned n)
{
	double middle = (double)(age_ms[start] + age_ms[n - 1]) / 2;
	double sum = 0, squares = 0, moves = 0, bends = 0, growth[2] = { 0 };

	for (unsigned i = start; i + 1 < n; i++) {
		struct part p = part_of(marks, age_ms, i, i + 1);
		double early = (double)(age_ms[i] + age_ms[i + 1]) / 2 - middle;

		sum += early * p.growth;
		squares += early * early * p.moves;
		moves += p.moves;
		if (i > start + 1)
			bends += square(growth[0] - 2 * growth[1] + p.growth) / 6;
		growth[0] = growth[1];
		growth[1] = p.growth;
	}
	if (bends > moves)
		squares *= bends / moves;
	return squares > 0 ? sum / root(squares) : 0;
}

/* Each quarter has grown, or too few samples fell into it to say that it did not. */
static bool
grows_throughout(struct part all, const struct part *quarters)
{
	for (unsigned i = 0; i < QUARTERS; i++) {
		double share = quarters[i].ms / all.ms;
		double least = all.growth * share - LUCK_SIGMAS * root(all.moves * share);

		if (quarters[i].growth <= 0 && quarters[i].growth < least)
			return false;
	}
	return true;
}

/* What was filled and is replaced ever since grew too, over the whole; and it varies. */
static bool
grows_late(const struct mg_trend_mark *marks, const uint64_t *age_ms, unsigned start, unsigned n)
{
	unsigned half = find_mark(age_ms, start, n, QUARTERS / 2);
	struct part late = part_of(marks, age_ms, half, n - 1);
	bool releases = marks[n - 1].out != marks[half].out;

	return late.growth >= (releases ? LATE_SIGMAS_RELEASED : LATE_SIGMAS) * root(late.moves);
}

static bool
cut_quarters(const struct mg_trend_mark *marks, const uint64_t *age_ms, unsigned start, unsigned n,
    struct part *quarters)
{
	unsigned from = start;

	for (unsigned i = 0; i < QUARTERS; i++) {
		unsigned to = find_mark(age_ms, start, n, i + 1);

		if (to <= from)
			return false;
		quarters[i] = part_of(marks, age_ms, from, to);
		from = to;
	}
	return true;
}

/* Fifteen samples are enough when none was released, which makes 3.8; more where many come and go:
 * these are judged again and again, and are mostly just that. */
static double
suspect_sigmas(double moves)
{
	return 5 - 18 / (moves > 15 ? moves : 15);
}

/* Age of the beginning: where there was nothing yet, it was on the way to the next mark. */
static uint64_t
growth_ms(const struct mg_trend_mark *marks, const uint64_t *age_ms, unsigned start)
{
	return marks[start].in != 0 ? age_ms[start] : (age_ms[start] + age_ms[start + 1]) / 2;
}

static enum mg_trend_verdict
find_verdict(const struct mg_trend_mark *marks, const uint64_t *age_ms, unsigned start, unsigned n,
    const struct mg_trend *t)
{
	struct part all = part_of(marks, age_ms, start, n - 1), quarters[QUARTERS];
	bool is_whole = cut_quarters(marks, age_ms, start, n, quarters);

	if (t->sigmas < GROWING_SIGMAS || (is_whole && quarters[QUARTERS - 1].growth <= 0))
		return MG_TREND_STEADY;
	return is_whole && t->sigmas >= suspect_sigmas(all.moves) &&
		       growth_ms(marks, age_ms, start) >= LEAST_MS + age_ms[n - 1] &&
		       grows_throughout(all, quarters) && grows_late(marks, age_ms, start, n) &&
		       find_slowing(marks, age_ms, start, n) < LUCK_SIGMAS
		   ? MG_TREND_SUSPECT
		   : MG_TREND_GROWING;
}

struct mg_trend
mg_trend_judge(const struct mg_trend_mark *marks, const uint64_t *age_ms, unsigned n)
{
	struct mg_trend t = { .verdict = MG_TREND_STEADY };
	unsigned start = n > 0 ? find_start(marks, n) : 0, second;
	double bytes, chance;

	if (n < 2 || age_ms[start] <= age_ms[n - 1])
		return t;
	t.span_ms = age_ms[start] - age_ms[n - 1];
	bytes = (double)marks[n - 1].live_bytes - (double)marks[start].live_bytes;
	t.bytes_per_minute = bytes * MS_PER_MINUTE / (double)t.span_ms;
	t.growth = part_of(marks, age_ms, start, n - 1).growth;
	t.fall = find_fall(marks, n);
	chance = find_chance(marks, age_ms, start, n);
	t.sigmas = chance > 0 ? t.growth / chance : 0;
	second = find_mark(age_ms, start, n, 1);
	t.slowing_sigmas = find_slowing(marks, age_ms, second > start ? second : start + 1, n);
	t.verdict = find_verdict(marks, age_ms, start, n, &t);
	return t;
}

static bool
is_cleared(const struct mg_trend *t, const struct mg_trend *scales, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (scales[i].fall > t->growth / 2 || scales[i].slowing_sigmas >= LUCK_SIGMAS)
			return true;
	return false;
}

struct mg_trend
mg_trend_worst(const struct mg_trend *scales, unsigned n)
{
	struct mg_trend worst = { .verdict = MG_TREND_STEADY };

	for (unsigned i = 0; i < n; i++) {
		struct mg_trend t = scales[i];

		if (t.verdict == MG_TREND_SUSPECT && is_cleared(&t, scales, n))
			t.verdict = MG_TREND_GROWING;
		if (i == 0 || t.verdict > worst.verdict ||
		    (t.verdict == worst.verdict && t.span_ms > worst.span_ms))
			worst = t;
	}
	return worst;
}

const char *
mg_trend_name(enum mg_trend_verdict verdict)
{
	static const char *const names[] = {
		[MG_TREND_STEADY] = "steady",
		[MG_TREND_GROWING] = "growing",
		[MG_TREND_SUSPECT] = "suspect",
	};

	return names[verdict];
}
