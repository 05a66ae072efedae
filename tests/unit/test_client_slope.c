/* SPDX-License-Identifier: MIT */
/* Series by chance are seeded: the rates below are the same on every run. */
#include "tools/common/slope.h"

#include <errno.h>
#include <math.h>

#include "tests/unit/support.h"

#define RUNS 20u
#define SERIES 1000u
#define LEAK 10240.0

struct kind {
	const char *name;
	double noise_bytes, leak_bytes, jump_bytes, tooth_runs, fills_runs;
};

static uint64_t seed;

static double
chance(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return ((double)(seed >> 33) + 0.5) / 2147483648.0;
}

static double
normal(void)
{
	double far = sqrt(-2 * log(chance()));

	return far * cos(2 * M_PI * chance());
}

/* A jump, and the first tooth of a saw, are somewhere. */
static void
make_series(const struct kind *k, uint64_t *y, size_t n)
{
	double jump_at = chance() * (double)n, phase = chance() * k->tooth_runs;

	for (size_t i = 0; i < n; i++) {
		double x = (double)i, v = 100e6 + k->noise_bytes * normal() + k->leak_bytes * x;

		v += x >= jump_at ? k->jump_bytes : 0;
		if (k->tooth_runs > 0)
			v += LEAK * fmod(x + phase, k->tooth_runs);
		if (k->fills_runs > 0)
			v += 1e6 * (1 - exp(-x / k->fills_runs));
		y[i] = (uint64_t)v;
	}
}

/* How many of SERIES end with each verdict. */
static void
count_verdicts(const struct kind *k, size_t n, unsigned counts[3])
{
	uint64_t y[100];
	struct mg_slope s;

	seed = 1;
	counts[0] = counts[1] = counts[2] = 0;
	for (unsigned i = 0; i < SERIES; i++) {
		make_series(k, y, n);
		cr_assert(zero(int, mg_slope_judge(y, n, 1024, &s)));
		counts[s.verdict]++;
	}
	cr_log_info("%-34s n=%-3zu steady %4u leak %4u unsure %4u", k->name, n,
	    counts[MG_SLOPE_STEADY], counts[MG_SLOPE_LEAK], counts[MG_SLOPE_UNSURE]);
}

static struct mg_slope
judge(const uint64_t *y, size_t n)
{
	struct mg_slope s = { 0 };

	cr_assert(zero(int, mg_slope_judge(y, n, 1024, &s)));
	return s;
}

Test(client_slope, calls_none_of_these_a_leak)
{
	static const struct kind kinds[] = {
		{ "steady, noise 1K", .noise_bytes = 1e3 },
		{ "steady, noise 5K", .noise_bytes = 5e3 },
		{ "steady, noise 50K", .noise_bytes = 50e3 },
		{ "0.9K a run, noise 1.2K", .leak_bytes = 880, .noise_bytes = 1.2e3 },
		{ "a jump of 1M", .jump_bytes = 1e6 },
		{ "a jump of 1M, noise 1K", .noise_bytes = 1e3, .jump_bytes = 1e6 },
		{ "a jump of 20K, noise 5K", .noise_bytes = 5e3, .jump_bytes = 20e3 },
		{ "a collector every 3 runs", .noise_bytes = 2e3, .tooth_runs = 3 },
		{ "a collector every 10 runs", .noise_bytes = 2e3, .tooth_runs = 10 },
		{ "a collector every 19 runs", .noise_bytes = 2e3, .tooth_runs = 19 },
		{ "a cache that fills up", .fills_runs = 5 },
		{ "a cache that fills up, noise 5K", .noise_bytes = 5e3, .fills_runs = 10 },
	};
	unsigned counts[3];

	for (size_t i = 0; i < ROWS(kinds); i++) {
		count_verdicts(&kinds[i], RUNS, counts);
		cr_expect(le(uint, counts[MG_SLOPE_LEAK], SERIES / 200), "%s: %u of %u",
		    kinds[i].name, counts[MG_SLOPE_LEAK], SERIES);
	}
}

Test(client_slope, finds_leaks_and_never_passes_them)
{
	static const struct {
		struct kind kind;
		size_t n;
		unsigned found;
	} rows[] = {
		{ { "10K a run", .leak_bytes = LEAK }, RUNS, SERIES },
		{ { "10K a run", .leak_bytes = LEAK }, MG_SLOPE_LEAST, SERIES },
		{ { "10K a run, noise 10K", .leak_bytes = LEAK, .noise_bytes = 10e3 }, RUNS, 950 },
		{ { "10K a run, noise 20K", .leak_bytes = LEAK, .noise_bytes = 20e3 }, RUNS, 450 },
		{ { "10K a run, noise 20K", .leak_bytes = LEAK, .noise_bytes = 20e3 }, 40, 950 },
		{ { "10K a run, noise 50K", .leak_bytes = LEAK, .noise_bytes = 50e3 }, 40, 700 },
		{ { "10K a run, noise 50K", .leak_bytes = LEAK, .noise_bytes = 50e3 }, 100, 950 },
		{ { "2K a run, noise 1K", .leak_bytes = 2048, .noise_bytes = 1e3 }, RUNS, 950 },
		{ { "10K a run and a jump", .leak_bytes = LEAK, .jump_bytes = 1e6 }, RUNS, 800 },
	};
	unsigned counts[3];

	for (size_t i = 0; i < ROWS(rows); i++) {
		count_verdicts(&rows[i].kind, rows[i].n, counts);
		cr_expect(ge(uint, counts[MG_SLOPE_LEAK], rows[i].found), "%s: %u of %u",
		    rows[i].kind.name, counts[MG_SLOPE_LEAK], SERIES);
		cr_expect(le(uint, counts[MG_SLOPE_STEADY], SERIES / 200), "%s: %u of %u",
		    rows[i].kind.name, counts[MG_SLOPE_STEADY], SERIES);
	}
}

Test(client_slope, passes_what_is_steady)
{
	static const struct {
		struct kind kind;
		unsigned passed;
	} rows[] = {
		{ { "steady", .noise_bytes = 0 }, SERIES },
		{ { "steady, noise 1K", .noise_bytes = 1e3 }, SERIES },
		{ { "steady, noise 5K", .noise_bytes = 5e3 }, 900 },
		{ { "a jump of 1M", .jump_bytes = 1e6 }, SERIES },
		{ { "a jump of 1M, noise 1K", .noise_bytes = 1e3, .jump_bytes = 1e6 }, 990 },
		{ { "100 bytes a run", .leak_bytes = 100 }, SERIES },
		{ { "less and less", .leak_bytes = -5000 }, SERIES },
	};
	unsigned counts[3];

	for (size_t i = 0; i < ROWS(rows); i++) {
		count_verdicts(&rows[i].kind, RUNS, counts);
		cr_expect(ge(uint, counts[MG_SLOPE_STEADY], rows[i].passed), "%s: %u of %u",
		    rows[i].kind.name, counts[MG_SLOPE_STEADY], SERIES);
	}
}

Test(client_slope, says_what_it_rests_on)
{
	static const struct {
		struct kind kind;
		enum mg_slope_verdict verdict;
		enum mg_slope_reason reason;
	} rows[] = {
		{ { "leak", .leak_bytes = LEAK }, MG_SLOPE_LEAK, MG_SLOPE_PLAIN },
		{ { "steady", .noise_bytes = 0 }, MG_SLOPE_STEADY, MG_SLOPE_PLAIN },
		{ { "noise", .noise_bytes = 1e6 }, MG_SLOPE_UNSURE, MG_SLOPE_WIDE },
		{ { "collector", .tooth_runs = 15 }, MG_SLOPE_UNSURE, MG_SLOPE_WIDE },
		{ { "cache", .fills_runs = 5 }, MG_SLOPE_UNSURE, MG_SLOPE_SLOWS },
	};
	uint64_t y[RUNS];

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_slope s;

		seed = 1;
		make_series(&rows[i].kind, y, RUNS);
		s = judge(y, RUNS);
		cr_expect(eq(int, s.verdict, rows[i].verdict), "%s", rows[i].kind.name);
		cr_expect(eq(int, s.reason, rows[i].reason), "%s", rows[i].kind.name);
	}
}

Test(client_slope, gives_the_slope_in_bytes_per_run_and_an_interval_around_it)
{
	uint64_t y[RUNS];
	struct mg_slope s;

	for (unsigned i = 0; i < RUNS; i++)
		y[i] = 1000000 + i * 10240 + i % 3 * 100;
	s = judge(y, RUNS);
	cr_expect(eq(int, s.verdict, MG_SLOPE_LEAK));
	cr_expect(s.low < s.per_run && s.per_run < s.high, "%f %f %f", s.low, s.per_run, s.high);
	cr_expect(s.low > 10200 && s.high < 10280, "%f..%f", s.low, s.high);
}

/* Worked out by hand: the slopes at the ends are -1000, 500, 667 and 2000, 1500, 1333. */
Test(client_slope, takes_the_interval_from_the_ranks_of_the_slopes)
{
	uint64_t y[] = { 1000, 0, 2000, 3000, 4000, 5000, 6000, 7000 };
	struct mg_slope s;

	cr_assert(zero(int, mg_slope_judge(y, ROWS(y), 1, &s)));
	/* Variance 8*7*21/18 = 65.3, reach 20.8: the 3rd slope of 28 from either end. */
	cr_expect(eq(dbl, s.per_run, 1000));
	cr_expect(eq(dbl, s.low, 666.6666666666666));
	cr_expect(eq(dbl, s.high, 4000 / 3.0));
}

/* 12 slopes of 0 and 16 of 10000/1 to 10000/7. Without equal readings the reach were 20.8. */
Test(client_slope, counts_equal_readings_as_no_evidence)
{
	uint64_t y[] = { 0, 0, 0, 0, 10000, 10000, 10000, 10000 };
	struct mg_slope s;

	cr_assert(zero(int, mg_slope_judge(y, ROWS(y), 1000000, &s)));
	/* Variance (8*7*21 - 2 * 4*3*13)/18 = 48, reach 17.8: the 5th slope from either end. */
	cr_expect(eq(dbl, s.low, 0));
	cr_expect(eq(dbl, s.high, 10000 / 3.0));
}

Test(client_slope, counts_a_collectors_fall_against_a_leak)
{
	uint64_t y[RUNS];
	struct mg_slope s;

	for (unsigned i = 0; i < RUNS; i++)
		y[i] = 1000000 + (i < 18 ? i : i - 18) * 10240;
	s = judge(y, RUNS);
	cr_expect(eq(int, s.verdict, MG_SLOPE_UNSURE));
	cr_expect(eq(int, s.reason, MG_SLOPE_FALLS));
}

Test(client_slope, finds_a_leak_every_few_runs)
{
	uint64_t y[RUNS];

	for (unsigned i = 0; i < RUNS; i++)
		y[i] = 1000000 + i / 3 * 10240;
	cr_expect(eq(int, judge(y, RUNS).verdict, MG_SLOPE_LEAK));
}

Test(client_slope, tells_a_jump_from_growth)
{
	uint64_t y[RUNS];
	struct mg_slope s;

	for (unsigned i = 0; i < RUNS; i++)
		y[i] = 1000000 + (i >= 7) * 500000 + (i >= 13) * 300000;
	s = judge(y, RUNS);
	cr_expect(eq(int, s.verdict, MG_SLOPE_STEADY));
	cr_expect(eq(int, s.reason, MG_SLOPE_JUMPS));
	cr_expect(eq(dbl, s.per_run, 0));
}

Test(client_slope, holds_growth_against_the_threshold)
{
	uint64_t y[RUNS];
	struct mg_slope s;

	for (unsigned i = 0; i < RUNS; i++)
		y[i] = i * 1000;
	cr_assert(zero(int, mg_slope_judge(y, RUNS, 1000, &s)));
	cr_expect(eq(int, s.verdict, MG_SLOPE_LEAK), "as much as the threshold");
	cr_assert(zero(int, mg_slope_judge(y, RUNS, 1001, &s)));
	cr_expect(eq(int, s.verdict, MG_SLOPE_STEADY), "less than the threshold");
	cr_assert(zero(int, mg_slope_judge(y, RUNS, 0, &s)));
	cr_expect(eq(int, s.verdict, MG_SLOPE_LEAK));
}

Test(client_slope, refuses_too_few_and_too_many)
{
	static const uint64_t y[MG_SLOPE_MOST + 1];
	struct mg_slope s;

	cr_expect(eq(int, mg_slope_judge(y, MG_SLOPE_LEAST - 1, 1, &s), -EINVAL));
	cr_expect(eq(int, mg_slope_judge(y, MG_SLOPE_MOST + 1, 1, &s), -EINVAL));
	cr_expect(eq(int, mg_slope_judge(y, 0, 1, &s), -EINVAL));
	cr_expect(zero(int, mg_slope_judge(y, MG_SLOPE_MOST, 1, &s)));
	cr_expect(eq(int, s.verdict, MG_SLOPE_STEADY));
}

Test(client_slope, has_a_word_for_every_verdict)
{
	cr_expect(SAME(mg_slope_name(MG_SLOPE_STEADY), "steady"));
	cr_expect(SAME(mg_slope_name(MG_SLOPE_LEAK), "leak"));
	cr_expect(SAME(mg_slope_name(MG_SLOPE_UNSURE), "unsure"));
}
