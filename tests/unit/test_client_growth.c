/* SPDX-License-Identifier: MIT */
#include "tools/common/growth.h"

#include <math.h>
#include <stdlib.h>

#include "tests/unit/support.h"

#define SITES 4

static const char leaky[] = "leak", cached[] = "cache", first[] = "first", second[] = "second",
		  empty[] = "";
static uint64_t seed = 1;

/* Two profiles; a site of either has the line to blame, and a caller, inside. */
struct profiles {
	struct mg_stacks_site then_sites[SITES], now_sites[SITES];
	struct mg_stacks then, now;
	struct mg_growth *found;
	size_t n;
};

static struct mg_stacks_site *
add(struct mg_stacks *st, const char *culprit, const char *caller, uint64_t live_blocks,
    uint64_t block_bytes, uint64_t in, uint64_t out)
{
	struct mg_stacks_site *s = &st->sites[st->n++];

	*s = (struct mg_stacks_site){ .live_blocks = live_blocks,
		.live_bytes = live_blocks * block_bytes,
		.in = in,
		.out = out,
		.n_lines = 2,
		.lines = { { .function = culprit, .module = empty, .line = 7 },
		    { .function = caller, .module = empty } } };
	return s;
}

static void
begin(struct profiles *p)
{
	*p = (struct profiles){ .n = 0 };
	p->then.sites = p->then_sites;
	p->now.sites = p->now_sites;
}

static void
find(struct profiles *p)
{
	free(p->found);
	cr_assert(zero(int, mg_growth_find(&p->then, &p->now, &p->found, &p->n)));
}

Test(client_growth, finds_what_is_held_more_with_its_error)
{
	struct profiles p;

	begin(&p);
	add(&p.then, leaky, first, 10, 1000, 5, 0);
	add(&p.now, leaky, first, 50, 1000, 25, 0);
	find(&p);
	cr_assert(eq(sz, p.n, 1));
	cr_expect(eq(dbl, p.found[0].bytes, 40000));
	/* 20 samples, each one of 2 blocks: 2000 bytes each, and half of the variance. */
	cr_expect(eq(dbl, p.found[0].error_bytes, 2000 * sqrt(10)));
	free(p.found);
}

Test(client_growth, calls_few_samples_chance)
{
	static const struct {
		uint64_t samples;
		size_t found;
	} rows[] = { { 2, 0 }, { 6, 0 }, { 7, 1 } };

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct profiles p;

		begin(&p);
		add(&p.now, leaky, first, 1000 * rows[i].samples, 10, rows[i].samples, 0);
		find(&p);
		cr_expect(eq(sz, p.n, rows[i].found), "%lu samples", rows[i].samples);
		free(p.found);
	}
}

/* Blocks above the mean are all sampled, and then there is no chance; but one or two are no leak.
 */
Test(client_growth, believes_large_blocks)
{
	struct profiles p;

	begin(&p);
	add(&p.now, leaky, first, 3, 1000000, 3, 0);
	add(&p.now, cached, first, 2, 1000000, 2, 0);
	find(&p);
	cr_assert(eq(sz, p.n, 1));
	cr_expect(SAME(p.found[0].site->lines[0].function, leaky));
	cr_expect(zero(dbl, p.found[0].error_bytes));
	free(p.found);
}

Test(client_growth, doubts_what_comes_and_goes)
{
	struct profiles p;

	begin(&p);
	add(&p.then, cached, first, 500, 100, 1050, 1000);
	add(&p.now, cached, first, 700, 100, 2070, 2000);
	find(&p);
	cr_expect(zero(sz, p.n), "20 more of 50 that were exchanged");
	p.now.sites[0].out = 1000;
	p.now.sites[0].in = 1070;
	find(&p);
	cr_expect(eq(sz, p.n, 1), "20 more, and the 50 are still there");
	free(p.found);
}

Test(client_growth, sums_up_the_stacks_with_one_line_to_blame)
{
	struct profiles p;

	begin(&p);
	add(&p.then, leaky, first, 10, 1000, 10, 0);
	add(&p.now, leaky, first, 30, 1000, 30, 0);
	add(&p.now, leaky, second, 60, 1000, 60, 0);
	find(&p);
	cr_assert(eq(sz, p.n, 1));
	cr_expect(eq(dbl, p.found[0].bytes, 80000));
	cr_expect(p.found[0].site == &p.now.sites[1], "the stack that grew most");
	free(p.found);
}

Test(client_growth, subtracts_what_moved_to_another_stack)
{
	struct profiles p;

	begin(&p);
	add(&p.then, cached, first, 50, 1000, 50, 0);
	add(&p.now, cached, second, 50, 1000, 50, 0);
	find(&p);
	cr_expect(zero(sz, p.n));
	free(p.found);
}

Test(client_growth, ranks_by_bytes_and_leaves_out_what_shrank)
{
	struct profiles p;

	begin(&p);
	add(&p.then, first, first, 90, 1000, 90, 0);
	add(&p.now, first, first, 20, 1000, 90, 70);
	add(&p.now, cached, first, 20, 1000, 20, 0);
	add(&p.now, leaky, first, 30, 1000, 30, 0);
	find(&p);
	cr_assert(eq(sz, p.n, 2));
	cr_expect(SAME(p.found[0].site->lines[0].function, leaky));
	cr_expect(SAME(p.found[1].site->lines[0].function, cached));
	free(p.found);
}

static unsigned
draw(unsigned blocks, double p)
{
	unsigned n = 0;

	for (unsigned i = 0; i < blocks; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		n += (double)(seed >> 33) < p * 2147483648.0;
	}
	return n;
}

/* 100 blocks of 1000 bytes are exchanged for others, sampled as if every 4 KB; how often that looks
 * like growth when `more` have come. */
static unsigned
count_found(unsigned more)
{
	double chance = 1 - exp(-1000.0 / 4096);
	unsigned found = 0;

	for (unsigned i = 0; i < 1000; i++) {
		unsigned before = draw(100, chance), after = draw(100 + more, chance);
		struct profiles p;

		begin(&p);
		add(&p.then, cached, first, (uint64_t)(before / chance), 1000, before, 0);
		add(&p.now, cached, first, (uint64_t)(after / chance), 1000, before + after,
		    before);
		find(&p);
		found += p.n > 0;
		free(p.found);
	}
	cr_log_info("100 blocks exchanged, %u more: found %u of 1000", more, found);
	return found;
}

Test(client_growth, is_seldom_deceived_by_chance)
{
	cr_expect(le(uint, count_found(0), 10));
	cr_expect(ge(uint, count_found(200), 950));
}
