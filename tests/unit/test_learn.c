/* SPDX-License-Identifier: MIT */
/* What a compaction's yield and cost teach: mg_policy_learn(). */
#include "tests/unit/support.h"

#define NOW (1000 * S)

/* compact_gap is 60 s, compact_cpu 25 %. */
static struct mg_config config;
static struct mg_combine_state combine;
static struct mg_policy_state state;

static void
start(void)
{
	config = support_config(NULL);
}

TestSuite(learn, .init = start);

static void
learn(uint64_t scanned, uint64_t yield)
{
	mg_policy_learn(&config, NOW, &state, &combine, scanned, yield, 0);
}

Test(learn, doubles_the_time_after_attempts_that_yield_nothing)
{
	static const uint64_t want[] = { 2, 4, 8, 16, 32, 64, 64, 64 };

	for (size_t i = 0; i < ROWS(want); i++) {
		learn(1000 * MB, 0);
		cr_expect(eq(u64, state.backoff_ns, want[i] * 60 * S), "attempt %zu", i);
	}
	learn(1000 * MB, 10 * MB);
	cr_expect(zero(u64, state.backoff_ns));
}

Test(learn, calls_less_than_one_percent_nothing)
{
	static const struct {
		uint64_t scanned, yield;
		bool useless;
	} rows[] = {
		{ 0, 0, true },
		{ 1, 0, true },
		{ 0, 1, false },
		{ 50, 0, true },
		{ 50, 1, false },
		{ 10000, 99, true },
		{ 10000, 100, false },
		{ 10001, 100, true },
		{ 10001, 101, false },
		{ UINT64_MAX, UINT64_MAX / 100, true },
		{ UINT64_MAX, UINT64_MAX / 100 + 1, false },
		{ UINT64_MAX, UINT64_MAX, false },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		state.backoff_ns = 0;
		learn(rows[i].scanned, rows[i].yield);
		cr_expect(eq(int, state.backoff_ns != 0, rows[i].useless), "row %zu", i);
	}
}

Test(learn, has_no_ladder_without_a_gap)
{
	config.compact_gap = 0;
	learn(100, 0);
	cr_expect(zero(u64, state.backoff_ns));
}

/* took_ns is part of the time that it is a share of: 1 s at 25 % leaves 3 s. */
Test(learn, books_the_cpu_share)
{
	static const struct {
		uint64_t cpu, took, free_in;
	} rows[] = {
		{ 25, S, 3 * S },
		{ 100, S, 0 },
		{ 50, S, S },
		{ 1, S, 99 * S },
		{ 25, 0, 0 },
		{ 30, 100, 233 },
		{ 0, S, 99 * S },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		config.compact_cpu = rows[i].cpu;
		mg_policy_learn(&config, NOW, &state, &combine, 1, 1, rows[i].took);
		cr_expect(eq(u64, combine.cpu_free_ns, NOW + rows[i].free_in), "row %zu", i);
	}
	mg_policy_learn(&config, UINT64_MAX, &state, &combine, UINT64_MAX, 0, UINT64_MAX);
	cr_expect(eq(u64, combine.cpu_free_ns, UINT64_MAX));
	cr_expect(ne(u64, state.backoff_ns, 0));
}
