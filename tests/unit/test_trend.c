/* SPDX-License-Identifier: MIT */
#include "shim/tables/trend.h"

#include "tests/unit/support.h"

#include <math.h>
#include <string.h>

/* Straight from a table: what a site held at each of 13 marks, 5 s apart, when nothing but the last
 * release counts as one. */
static struct mg_trend
judge_live(const unsigned live[MG_TREND_MARKS], unsigned churn)
{
	struct mg_trend_mark marks[MG_TREND_MARKS];
	uint64_t age_ms[MG_TREND_MARKS];
	unsigned in = live[0], out = 0;

	for (unsigned i = 0; i < MG_TREND_MARKS; i++) {
		if (i > 0 && live[i] >= live[i - 1])
			in += live[i] - live[i - 1];
		else if (i > 0)
			out += live[i - 1] - live[i];
		in += i > 0 ? churn : 0;
		out += i > 0 ? churn : 0;
		marks[i] = (struct mg_trend_mark){ in, out, (uint64_t)(in - out) * 512 * 1024 };
		age_ms[i] = (MG_TREND_MARKS - 1 - i) * 5000;
	}
	return mg_trend_judge(marks, age_ms, MG_TREND_MARKS);
}

Test(trend, judges_what_it_held)
{
	static const struct {
		const char *name;
		unsigned live[MG_TREND_MARKS];
		unsigned churn;
		enum mg_trend_verdict want;
	} rows[] = {
		{ "nothing", { 0 }, 0, MG_TREND_STEADY },
		{ "always the same", { 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9 }, 50,
		    MG_TREND_STEADY },
		{ "grows", { 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24 }, 0, MG_TREND_SUSPECT },
		{ "grows, on top of much",
		    { 900, 902, 904, 906, 908, 910, 912, 914, 916, 918, 920, 922, 924 }, 0,
		    MG_TREND_SUSPECT },
		{ "grows, while much comes and goes at once",
		    { 0, 6, 12, 18, 24, 30, 36, 42, 48, 54, 60, 66, 72 }, 500, MG_TREND_SUSPECT },
		{ "a level that much comes and goes at",
		    { 100, 105, 96, 108, 101, 111, 99, 112, 104, 115, 103, 113, 118 }, 500,
		    MG_TREND_STEADY },
		{ "fifteen", { 0, 1, 3, 4, 5, 6, 8, 9, 10, 11, 13, 14, 15 }, 0, MG_TREND_SUSPECT },
		{ "fourteen", { 0, 1, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14 }, 0, MG_TREND_GROWING },
		{ "six", { 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6 }, 0, MG_TREND_STEADY },
		{ "shrinks", { 90, 80, 70, 60, 50, 40, 30, 20, 10, 9, 8, 7, 6 }, 0,
		    MG_TREND_STEADY },
		{ "began 50 to 55 s ago", { 0, 0, 9, 18, 27, 36, 45, 54, 63, 72, 81, 90, 99 }, 0,
		    MG_TREND_SUSPECT },
		{ "began 45 to 50 s ago", { 0, 0, 0, 9, 18, 27, 36, 45, 54, 63, 72, 81, 90 }, 0,
		    MG_TREND_GROWING },
		{ "stopped", { 0, 9, 18, 27, 36, 45, 54, 63, 72, 81, 81, 81, 81 }, 0,
		    MG_TREND_STEADY },
		{ "as good as stopped", { 0, 9, 18, 27, 36, 45, 54, 63, 72, 81, 82, 83, 84 }, 0,
		    MG_TREND_GROWING },
		{ "slows down", { 0, 40, 75, 105, 130, 150, 167, 181, 193, 203, 211, 217, 222 }, 0,
		    MG_TREND_GROWING },
		{ "stood still meanwhile", { 0, 9, 18, 27, 27, 27, 27, 36, 45, 54, 63, 72, 81 }, 0,
		    MG_TREND_GROWING },
		{ "one jump", { 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 95, 95 }, 0, MG_TREND_STEADY },
		{ "up and down", { 0, 90, 2, 92, 4, 94, 6, 96, 8, 98, 10, 100, 99 }, 0,
		    MG_TREND_STEADY },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_trend t = judge_live(rows[i].live, rows[i].churn);

		t = mg_trend_worst(&t, 1);
		cr_expect(
		    eq(int, t.verdict, rows[i].want), "%s (%.1f sigmas)", rows[i].name, t.sigmas);
	}
}

Test(trend, says_how_fast)
{
	static const unsigned up[] = { 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24 };
	static const unsigned down[] = { 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0 };
	struct mg_trend t = judge_live(up, 0);

	cr_expect(epsilon_eq(dbl, t.bytes_per_minute, 12.0 * MB, 1));
	cr_expect(eq(u64, t.span_ms, 60000));
	cr_expect(epsilon_eq(dbl, t.growth, 24, 1e-9));
	cr_expect(epsilon_eq(dbl, t.sigmas, sqrt(24), 1e-9));
	cr_expect(zero(dbl, t.fall));
	t = judge_live(down, 0);
	cr_expect(epsilon_eq(dbl, t.bytes_per_minute, -12.0 * MB, 1));
	cr_expect(epsilon_eq(dbl, t.fall, 24, 1e-9));
}

Test(trend, takes_few_and_odd_marks)
{
	struct mg_trend_mark marks[MG_TREND_MARKS] = { { 1, 0, 10 }, { 500, 0, 20 } };
	uint64_t age_ms[MG_TREND_MARKS] = { 60000, 0 };

	cr_expect(eq(int, mg_trend_judge(marks, age_ms, 0).verdict, MG_TREND_STEADY));
	cr_expect(eq(int, mg_trend_judge(marks, age_ms, 1).verdict, MG_TREND_STEADY));
	cr_expect(eq(int, mg_trend_judge(marks, age_ms, 2).verdict, MG_TREND_GROWING),
	    "no quarters to look at");
	age_ms[0] = 0;
	cr_expect(eq(int, mg_trend_judge(marks, age_ms, 2).verdict, MG_TREND_STEADY), "no span");
	/* A block that moves is released and taken again in between. */
	marks[1] = (struct mg_trend_mark){ 0, 1, 10 };
	age_ms[0] = 5000;
	cr_expect(eq(int, mg_trend_judge(marks, age_ms, 2).verdict, MG_TREND_STEADY));
	/* Counters wrap around. */
	marks[0] = (struct mg_trend_mark){ UINT32_MAX - 9, 7, 0 };
	marks[1] = (struct mg_trend_mark){ 10, 7, 0 };
	cr_expect(epsilon_eq(dbl, mg_trend_judge(marks, age_ms, 2).growth, 20, 1e-9));
}

Test(trend, takes_the_worst_scale)
{
	static const struct mg_trend steady = { .span_ms = 60000 },
				     steady_long = { .span_ms = 720000 },
				     growing = { .verdict = MG_TREND_GROWING, .span_ms = 60000 },
				     suspect = { .verdict = MG_TREND_SUSPECT,
					     .span_ms = 60000,
					     .growth = 20 },
				     falls = { .span_ms = 720000, .fall = 11 },
				     slows = { .span_ms = 720000, .slowing_sigmas = 3 };
	const struct {
		struct mg_trend scales[2];
		enum mg_trend_verdict want;
		uint64_t want_ms;
	} rows[] = {
		{ { steady, steady_long }, MG_TREND_STEADY, 720000 },
		{ { steady_long, steady }, MG_TREND_STEADY, 720000 },
		{ { growing, steady_long }, MG_TREND_GROWING, 60000 },
		{ { steady_long, suspect }, MG_TREND_SUSPECT, 60000 },
		{ { suspect, growing }, MG_TREND_SUSPECT, 60000 },
		{ { suspect, falls }, MG_TREND_GROWING, 60000 },
		{ { slows, suspect }, MG_TREND_GROWING, 60000 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_trend t = mg_trend_worst(rows[i].scales, 2);

		cr_expect(eq(int, t.verdict, rows[i].want), "row %zu", i);
		cr_expect(eq(u64, t.span_ms, rows[i].want_ms), "row %zu", i);
	}
	cr_expect(eq(int, mg_trend_worst(NULL, 0).verdict, MG_TREND_STEADY));
}

Test(trend, has_names)
{
	cr_expect(SAME(mg_trend_name(MG_TREND_STEADY), "steady"));
	cr_expect(SAME(mg_trend_name(MG_TREND_GROWING), "growing"));
	cr_expect(SAME(mg_trend_name(MG_TREND_SUSPECT), "suspect"));
}

/* A site in a program that runs: samples come and go at random, and it is looked at every 5 s as
 * the library does. */
struct site {
	struct mg_trend_mark marks[MG_TREND_SCALES][MG_TREND_MARKS];
	unsigned at_s[MG_TREND_SCALES][MG_TREND_MARKS];
	unsigned n[MG_TREND_SCALES];
	unsigned in, out;
};

static struct {
	uint64_t seed;
} dice = { 88172645463325252ull };

static double
draw(void)
{
	dice.seed ^= dice.seed << 13;
	dice.seed ^= dice.seed >> 7;
	dice.seed ^= dice.seed << 17;
	return ((double)(dice.seed >> 11) + 0.5) / 9007199254740992.0;
}

static unsigned
poisson(double mean)
{
	double limit = exp(-mean), product = draw();
	unsigned n = 0;

	if (mean > 50) {
		double z = sqrt(-2 * log(draw())) * cos(6.283185307 * draw());

		return (unsigned)fmax(0, mean + sqrt(mean) * z + 0.5);
	}
	for (; product > limit; n++)
		product *= draw();
	return n;
}

static bool
is_suspect(struct site *s, unsigned now_s)
{
	static const unsigned steps_s[] = { 5, 60, 600 };
	struct mg_trend scales[MG_TREND_SCALES];

	for (unsigned k = 0; k < MG_TREND_SCALES; k++) {
		uint64_t age_ms[MG_TREND_MARKS];
		unsigned n = s->n[k];

		for (unsigned i = 0; i < n; i++)
			age_ms[i] = (now_s - s->at_s[k][i]) * 1000ull;
		age_ms[n] = 0;
		s->at_s[k][n] = now_s;
		s->marks[k][n] =
		    (struct mg_trend_mark){ s->in, s->out, (s->in - s->out) * 512 * KB };
		scales[k] = mg_trend_judge(s->marks[k], age_ms, n + 1);
		if (n > 0 && now_s - s->at_s[k][n - 1] < steps_s[k])
			continue;
		s->n[k] = n + 1;
		if (s->n[k] < MG_TREND_MARKS)
			continue;
		s->n[k]--;
		memmove(s->marks[k], s->marks[k] + 1, n * sizeof s->marks[k][0]);
		memmove(s->at_s[k], s->at_s[k] + 1, n * sizeof s->at_s[k][0]);
	}
	return mg_trend_worst(scales, MG_TREND_SCALES).verdict == MG_TREND_SUSPECT;
}

/* The worst case of a steady site: what comes and what goes has nothing to do with each other. */
Test(trend, suspects_no_steady_site)
{
	static const double per_look[] = { 0.05, 0.2, 1, 5, 30, 500 };
	unsigned looks = 0, suspects = 0;

	for (size_t r = 0; r < ROWS(per_look); r++)
		for (unsigned i = 0; i < 60; i++) {
			struct site s = { .in = 1000000, .out = 500000 };

			for (unsigned t = 0; t < 3600; t += 5) {
				s.in += poisson(per_look[r]);
				s.out += poisson(per_look[r]);
				suspects += is_suspect(&s, t);
				looks++;
			}
		}
	cr_log_info("%u of %u looks at steady sites suspect", suspects, looks);
	cr_expect(lt(dbl, suspects / (double)looks, 1e-4));
}

/* A server whose requests hold memory for a while. */
Test(trend, suspects_no_server)
{
	static const struct {
		double live, life_s;
	} rows[] = { { 5, 30 }, { 20, 10 }, { 20, 300 }, { 100, 600 }, { 500, 60 } };
	unsigned suspects = 0;

	for (size_t r = 0; r < ROWS(rows); r++)
		for (unsigned i = 0; i < 30; i++) {
			struct site s = { .in = poisson(rows[r].live) };

			for (unsigned t = 0; t < 3600; t += 5) {
				unsigned live = s.in - s.out;

				s.in += poisson(rows[r].live * 5 / rows[r].life_s);
				while (live-- > 0)
					s.out += draw() > exp(-5 / rows[r].life_s);
				suspects += is_suspect(&s, t);
			}
		}
	cr_expect(zero(u32, suspects));
}

/* Share of caches, filled in 25 s and then replaced, the oldest first, that are ever suspect in the
 * first five minutes. */
static double
suspect_caches(double per_second)
{
	unsigned suspects = 0, sites = 1000;

	for (unsigned i = 0; i < sites; i++) {
		struct site s = { 0 };
		unsigned taken[300] = { 0 };
		bool is_found = false;

		for (unsigned t = 0; t < 300; t++) {
			taken[t] = poisson(per_second);
			s.in += taken[t];
			s.out += t >= 25 ? taken[t - 25] : 0;
			if (t % 5 == 0)
				is_found |= is_suspect(&s, t);
		}
		suspects += is_found;
	}
	return suspects / (double)sites;
}

Test(trend, suspects_no_cache)
{
	static const double per_second[] = { 0.4, 0.85, 2, 6 };

	for (size_t i = 0; i < ROWS(per_second); i++) {
		double share = suspect_caches(per_second[i]);

		cr_log_info("%.2f samples a second: %.3f of caches suspect", per_second[i], share);
		cr_expect(le(dbl, share, 0.01), "%.2f", per_second[i]);
	}
}

/* Share of sites that are suspect at some look in from_s..to_s after they began to leak. */
static double
find_leaks(double per_minute, unsigned from_s, unsigned to_s)
{
	unsigned found = 0, sites = 1000;

	for (unsigned i = 0; i < sites; i++) {
		struct site s = { 0 };
		bool is_found = false;

		for (unsigned t = 0; t <= 30; t += 5)
			is_suspect(&s, t);
		for (unsigned t = 5; t <= to_s; t += 5) {
			s.in += poisson(per_minute / 12);
			is_found |= is_suspect(&s, 30 + t) && t >= from_s;
		}
		found += is_found;
	}
	return found / (double)sites;
}

Test(trend, finds_leaks)
{
	static const struct {
		double per_minute, least; /* share that is found within a minute */
	} rows[] = { { 15, 0.35 }, { 30, 0.85 }, { 120, 0.98 } };

	for (size_t i = 0; i < ROWS(rows); i++) {
		double share = find_leaks(rows[i].per_minute, 0, 60);

		cr_log_info("%.0f samples a minute: %.3f found after 60 s, %.3f after 120",
		    rows[i].per_minute, share, find_leaks(rows[i].per_minute, 0, 120));
		cr_expect(ge(dbl, share, rows[i].least), "%.0f", rows[i].per_minute);
		cr_expect(zero(dbl, find_leaks(rows[i].per_minute, 0, 50)), "too early");
	}
	cr_expect(ge(dbl, find_leaks(15, 0, 180), 0.9));
}

Test(trend, finds_a_slow_leak_on_a_longer_scale)
{
	struct site s = { 0 };
	unsigned first_s = 0;

	for (unsigned t = 0; t < 3600; t += 5) {
		s.in += poisson(0.25);
		if (is_suspect(&s, t) && first_s == 0)
			first_s = t;
	}
	cr_expect(gt(u32, first_s, 100));
	cr_expect(lt(u32, first_s, 1200), "%u", first_s);
}

/* Jobs that leave something behind, now more, now less: the first ones may by chance be the larger
 * ones, which is no slowing down. */
Test(trend, finds_a_leak_in_bursts)
{
	unsigned found = 0, looks = 0;

	for (unsigned i = 0; i < 200; i++) {
		struct site s = { 0 };

		for (unsigned t = 0; t < 600; t += 5) {
			s.in += draw() < 0.5 ? poisson(200) : 0;
			found += is_suspect(&s, t) && t >= 120;
			looks += t >= 120;
		}
	}
	cr_expect(gt(dbl, found / (double)looks, 0.7), "%u of %u", found, looks);
}

/* Grows, and is given back all at once; from the third time on that is known. */
Test(trend, suspects_no_job_that_comes_again)
{
	static const unsigned periods_s[] = { 14, 30, 45, 100, 300 };

	for (size_t p = 0; p < ROWS(periods_s); p++) {
		unsigned suspects = 0, looks = 0, from_s = periods_s[p] > 50 ? 3 * periods_s[p] : 0;

		for (unsigned i = 0; i < 60; i++) {
			struct site s = { 0 };
			unsigned phase = (unsigned)(draw() * periods_s[p]);

			for (unsigned t = 0; t < 3600; t++) {
				s.in += poisson((i % 2 ? 30.0 : 1000.0) / periods_s[p]);
				if ((t + phase) % periods_s[p] == 0)
					s.out = s.in;
				if (t % 5 == 0 && is_suspect(&s, t) && t >= from_s)
					suspects++;
				looks += t % 5 == 0;
			}
		}
		cr_expect(lt(dbl, suspects / (double)looks, 1e-3), "every %u s: %u of %u",
		    periods_s[p], suspects, looks);
	}
}

/* A start, or a cache that fills up to its bound. */
Test(trend, clears_what_has_stopped_growing)
{
	static const unsigned until_s[] = { 30, 60, 120, 300 };

	for (size_t u = 0; u < ROWS(until_s); u++)
		for (unsigned i = 0; i < 200; i++) {
			struct site s = { 0 };
			unsigned early = 0, late = 0;

			for (unsigned t = 5; t < 1800; t += 5) {
				bool grows = t <= until_s[u];

				s.in += grows ? poisson(i % 2 ? 4 : 50) : 0;
				if (is_suspect(&s, t)) {
					early += t < 55;
					late += t > until_s[u] + (until_s[u] > 240 ? 180 : 15);
				}
			}
			cr_expect(zero(u32, early));
			cr_expect(zero(u32, late), "until %u", until_s[u]);
		}
}

/* Ever slower: every look that has enough samples sees it. */
Test(trend, clears_what_slows_down)
{
	static const double lives_s[] = { 20, 40, 60 };

	for (size_t l = 0; l < ROWS(lives_s); l++)
		for (unsigned i = 0; i < 200; i++) {
			struct site s = { 0 };
			unsigned suspects = 0;

			for (unsigned t = 0; t < 900; t += 5) {
				double a = exp(-(double)t / lives_s[l]),
				       b = exp(-(t + 5.0) / lives_s[l]);

				s.in += poisson(3000 * (a - b));
				suspects += is_suspect(&s, t + 1);
			}
			cr_expect(zero(u32, suspects), "%.0f s", lives_s[l]);
		}
}
