/* SPDX-License-Identifier: MIT */
#include "shim/heap/sample.h"

#include "tests/hooks.h"
#include "tests/unit/heap_support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST 65536
#define MEAN ((uint64_t)32 << 10)

/* A sink that keeps everything in a list. */
static struct {
	void *at[MOST];
	struct mg_sample sample[MOST];
	size_t n, taken, forgotten, asked, large, copied;
	uint64_t last_large;
} seen;

static void
take(void *p, uint64_t bytes, double weight, uint64_t large_bytes)
{
	if (large_bytes != 0) {
		seen.large++;
		seen.last_large = large_bytes;
	}
	if (bytes == 0)
		return;
	cr_assert(lt(sz, seen.n, MOST));
	seen.at[seen.n] = p;
	seen.sample[seen.n++] = (struct mg_sample){ 0, 0, bytes, weight };
	seen.taken++;
}

static bool
forget(const void *p, struct mg_sample *out)
{
	seen.asked++;
	for (size_t i = seen.n; i-- > 0;) {
		if (seen.at[i] != p)
			continue;
		*out = seen.sample[i];
		seen.n--;
		seen.at[i] = seen.at[seen.n];
		seen.sample[i] = seen.sample[seen.n];
		seen.forgotten++;
		return true;
	}
	return false;
}

static void
keep(void *p, const struct mg_sample *s)
{
	seen.at[seen.n] = p;
	seen.sample[seen.n++] = *s;
}

static void
copied(void)
{
	seen.copied++;
}

static const struct mg_sample_sink sink = { take, forget, keep, copied };

/* The same luck in every run. */
static void
start(void)
{
	hook_free(hook_malloc(1));
	mg_thread_self.record->random = 4711;
	memset(&seen, 0, sizeof seen);
	mg_sample_start(&sink);
	mg_sample_set_mean(MEAN);
}

static void
start_park(void)
{
	heap_use_park();
	start();
}

static void
start_mimalloc(void)
{
	heap_use_mimalloc();
	start();
}

TestSuite(sample, .init = start_park);
TestSuite(sample_mimalloc, .init = start_mimalloc);

static double
estimate(void)
{
	double bytes = 0;

	for (size_t i = 0; i < seen.n; i++)
		bytes += (double)seen.sample[i].bytes * seen.sample[i].weight;
	return bytes;
}

/* Of a sum of n blocks of which each is seen with probability p. */
static double
standard_error(double n, double bytes, double p)
{
	return sqrt(n * (1 - p) / p) * bytes;
}

Test(sample, a_weight_is_one_over_the_probability)
{
	for (double x = 1e-5; x < 100; x *= 1.7) {
		uint64_t mean = 1u << 30, bytes = (uint64_t)(x * (double)mean);
		double p = -expm1(-(double)bytes / (double)mean);

		cr_expect(lt(dbl, fabs(mg_sample_weight(bytes, mean) * p - 1), 1e-9), "%g", x);
	}
}

/* Chi-square over sizes of every kind: sampled or not, against 1 - exp(-bytes / mean). */
Test(sample, every_size_is_sampled_with_its_probability)
{
	const size_t sizes[] = { 1, 16, 100, 500, 2000, 9000, 32000, 50000, 300000, 3000000 };
	double chi = 0;

	for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		size_t n = sizes[i] < 1000 ? 400000 : 4000;
		void *p = hook_malloc(sizes[i]);
		double probability = -expm1(-(double)mg_heap_usable(p) / (double)MEAN), expected,
		       missed;

		hook_free(p);
		seen.taken = 0;
		for (size_t k = 0; k < n; k++)
			hook_free(hook_malloc(sizes[i]));
		expected = (double)n * probability;
		missed = (double)seen.taken - expected;
		/* What cannot be missed is not. */
		if (probability > 0.9999)
			cr_expect(eq(sz, seen.taken, n));
		else
			chi += missed * missed / (expected * (1 - probability));
		cr_expect(lt(dbl, fabs(missed), 4 * sqrt(expected) + 1), "%zu: %zu of %g", sizes[i],
		    seen.taken, expected);
	}
	cr_expect(lt(dbl, chi, 27.9), "chi-square %g of 9 degrees is one of a thousand", chi);
}

/* Gaps between samples of one class are geometric: memoryless, also over refills and overflows. */
Test(sample, gaps_have_no_memory)
{
	double p = -expm1(-64.0 / (double)MEAN), sum = 0, squares = 0, n = 0;
	size_t gap = 0;

	for (int i = 0; i < 2000000; i++) {
		size_t before = seen.taken;

		hook_free(hook_malloc(64));
		gap++;
		if (seen.taken == before)
			continue;
		sum += (double)gap;
		squares += (double)gap * (double)gap;
		gap = 0;
		n++;
	}
	cr_expect(lt(dbl, fabs(sum / n * p - 1), 4 / sqrt(n)));
	/* Of a geometric distribution the deviation is the mean. */
	cr_expect(lt(dbl, fabs(sqrt(squares / n - sum / n * sum / n) / (sum / n) - 1), 0.1));
}

Test(sample, the_live_blocks_are_estimated)
{
	static void *held[200000];
	double p = -expm1(-208.0 / (double)MEAN);

	for (int i = 0; i < 200000; i++)
		held[i] = hook_malloc(200);
	cr_expect(lt(dbl, fabs(estimate() - 200000 * 208.0), 4 * standard_error(200000, 208, p)));
	for (int i = 0; i < 200000; i += 2)
		hook_free(held[i]);
	cr_expect(lt(dbl, fabs(estimate() - 100000 * 208.0), 4 * standard_error(100000, 208, p)));
	for (int i = 1; i < 200000; i += 2)
		hook_free(held[i]);
	cr_expect(zero(sz, seen.n));
	cr_expect(eq(sz, seen.taken, seen.forgotten));
	heap_expect_balance();
}

Test(sample, a_release_of_any_other_small_block_asks_nobody)
{
	static void *held[100000];
	size_t taken;

	for (int i = 0; i < 100000; i++)
		held[i] = hook_malloc(64);
	taken = seen.taken;
	cr_expect(gt(sz, taken, 0));
	for (int i = 0; i < 100000; i++)
		hook_free(held[i]);
	cr_expect(eq(sz, seen.asked, taken));
}

Test(sample, samples_are_blocks_like_others)
{
	mg_sample_set_mean(1024);
	for (size_t n = 1; n < 40000; n += n / 7 + 1) {
		for (int i = 0; i < 20; i++) {
			char *p = mg_heap_zalloc(n);

			cr_assert(ge(sz, mg_heap_usable(p), n), "%zu", n);
			cr_assert(heap_is_filled(p, 0, n), "%zu", n);
			memset(p, 0xee, mg_heap_usable(p));
			p = mg_heap_realloc(p, n * 2);
			cr_assert(heap_is_filled(p, 0xee, n), "%zu", n);
			hook_free(p);
		}
		for (size_t align = 32; align <= 8192; align *= 2) {
			char *p = mg_heap_aligned(n, align);

			cr_assert(zero(u64, (uintptr_t)p % align), "%zu %zu", n, align);
			hook_free(p);
		}
	}
	cr_expect(gt(sz, seen.taken, 500));
	cr_expect(zero(sz, seen.n));
	/* Of blocks outside of the classes nobody is asked any more. */
	for (size_t n = 40000; n < 4000000; n += 20000)
		hook_free(hook_malloc(n));
	mg_sample_set_mean(0);
	seen.asked = 0;
	for (size_t n = 40000; n < 4000000; n += 20000)
		hook_free(hook_malloc(n));
	cr_expect(zero(sz, seen.asked));
	heap_expect_balance();
}

Test(sample, a_second_release_of_a_sample_is_told)
{
	void *p = NULL;

	mg_sample_set_mean(64);
	for (int i = 0; i < 100 && seen.n == 0; i++) {
		hook_free(p);
		p = hook_malloc(64);
	}
	cr_assert(eq(ptr, seen.at[0], p));
	hook_free(p);
	hook_free(p);
	cr_expect(eq(u64, heap_counts().double_frees, 1));
	cr_expect(eq(sz, seen.forgotten, 1));
}

/* What grows in place, from any size to any, weighs in the end what it would have weighed at once.
 */
static void
expect_growth_to_be_estimated(size_t from, size_t to)
{
	enum { BLOCKS = 400 };
	static void *held[BLOCKS];
	double p = -expm1(-(double)to / (double)(1 << 20)), truth = 0;

	mg_sample_set_mean(1 << 20);
	for (int i = 0; i < BLOCKS; i++) {
		held[i] = hook_malloc(from);
		for (size_t n = from; n < to; n += n / 3)
			held[i] = mg_heap_realloc(held[i], n + n / 3 < to ? n + n / 3 : to);
		truth += (double)mg_heap_usable(held[i]);
	}
	cr_expect(lt(dbl, fabs(estimate() - truth),
		      4 * standard_error(BLOCKS, (double)to, p) + truth / 100),
	    "%zu to %zu: %g of %g", from, to, estimate(), truth);
	for (int i = 0; i < BLOCKS; i++)
		hook_free(held[i]);
	cr_expect(zero(sz, seen.n));
}

Test(sample, growth_is_estimated)
{
	expect_growth_to_be_estimated(40000, 900000);
	expect_growth_to_be_estimated(1200000, 3000000);
	expect_growth_to_be_estimated(100, 2000000);
}

/* A sample's block has more room than another of its size, but moves no later. */
Test(sample, growth_of_small_blocks_is_estimated)
{
	enum { BLOCKS = 20000, MOST_BYTES = 200 };
	static void *held[BLOCKS];
	double truth = 0, p = -expm1(-(double)MOST_BYTES / 8192);

	mg_sample_set_mean(8192);
	for (size_t n = 8; n <= MOST_BYTES; n += 8)
		for (int i = 0; i < BLOCKS; i++)
			held[i] = mg_heap_realloc(held[i], n);
	truth = (double)BLOCKS * (double)mg_classes[mg_class_of(MOST_BYTES)].bytes;
	cr_expect(lt(dbl, fabs(estimate() - truth), 4 * standard_error(BLOCKS, MOST_BYTES, p)),
	    "%g of %g", estimate(), truth);
}

Test(sample, a_resize_that_fails_keeps_its_sample)
{
	void *p;

	mg_sample_set_mean(1024);
	p = hook_malloc(2 << 20);
	cr_assert(eq(sz, seen.n, 1));
	heap_set_ceiling(mg_heap_charged() + 65536);
	cr_expect(eq(ptr, mg_heap_realloc(p, 64 << 20), NULL));
	cr_expect(eq(sz, seen.n, 1));
	cr_expect(eq(ptr, seen.at[0], p));
	cr_expect(eq(u64, seen.sample[0].bytes, 2 << 20));
	hook_free(p);
	cr_expect(zero(sz, seen.n));
}

static void *
spend(void *arg)
{
	size_t *taken = arg;

	for (int i = 0; i < 100000; i++)
		hook_free(hook_malloc(64));
	*taken = seen.taken;
	mg_sample_set_mean(MEAN * 4);
	return NULL;
}

Test(sample, a_new_mean_holds_at_once_and_for_all_threads)
{
	size_t taken = 0;

	mg_sample_set_mean(0);
	for (int i = 0; i < 100000; i++)
		hook_free(hook_malloc(64));
	cr_expect(zero(sz, seen.taken));
	/* The countdown of this thread would be as good as endless. */
	heap_in_thread(spend, &taken);
	cr_expect(zero(sz, taken));
	for (int i = 0; i < 1000000; i++)
		hook_free(hook_malloc(64));
	cr_expect(lt(dbl, fabs((double)seen.taken - 488), 4 * sqrt(488)), "%zu", seen.taken);
}

/* Where nothing was counted down yet, the first allocation has its chance too. */
Test(sample, the_first_allocation_may_be_one)
{
	double p = -expm1(-4096.0 / 16384), n = 4000;

	for (int i = 0; i < n; i++) {
		mg_sample_set_mean(16384 + (uint64_t)i % 2);
		hook_free(hook_malloc(4096));
	}
	cr_expect(lt(dbl, fabs((double)seen.taken - n * p), 4 * sqrt(n * p)), "%zu", seen.taken);
}

Test(sample, counts_are_exact_whatever_is_sampled)
{
	struct mg_snapshot before, after;

	mg_sample_set_mean(512);
	before = heap_counts();
	for (int i = 0; i < 10000; i++)
		hook_free(hook_malloc(64));
	mg_sample_set_mean(4096);
	for (int i = 0; i < 10000; i++)
		hook_free(hook_malloc(64));
	after = heap_counts();
	cr_expect(eq(u64, after.allocs - before.allocs, 20000));
	cr_expect(eq(u64, after.frees - before.frees, 20000));
	cr_expect(eq(u64, after.live_blocks, before.live_blocks));
	cr_expect(eq(u64, after.live_bytes, before.live_bytes));
}

Test(sample, memgov_itself_is_no_sample)
{
	mg_sample_set_mean(1024);
	mg_heap_enter_internal();
	for (int i = 0; i < 1000; i++)
		hook_free(hook_malloc(600));
	mg_heap_leave_internal();
	cr_expect(zero(sz, seen.taken));
}

Test(sample, large_requests_are_told)
{
	void *p;

	mg_sample_set_large(1 << 20);
	hook_free(hook_malloc((1 << 20) - 1));
	cr_expect(zero(sz, seen.large));
	p = hook_malloc(1 << 20);
	cr_expect(eq(sz, seen.large, 1));
	cr_expect(eq(u64, seen.last_large, 1 << 20));
	p = mg_heap_realloc(p, 8 << 20);
	cr_expect(eq(sz, seen.large, 2));
	hook_free(p);
	mg_sample_set_large(0);
	hook_free(hook_malloc(8 << 20));
	cr_expect(eq(sz, seen.large, 2));
}

Test(sample_mimalloc, the_other_engine_samples_too)
{
	static void *held[20000];
	double truth = 0;

	for (int i = 0; i < 20000; i++) {
		held[i] = hook_malloc(i % 2000);
		truth += (double)mg_heap_usable(held[i]);
	}
	cr_expect(lt(dbl, fabs(estimate() - truth), truth / 5), "%g of %g", estimate(), truth);
	for (int i = 0; i < 20000; i++)
		hook_free(held[i]);
	cr_expect(zero(sz, seen.n));
}
