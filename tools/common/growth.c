/* SPDX-License-Identifier: MIT */
#include "tools/common/growth.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* Growth beyond so many standard errors, which comes by chance once in 200 times, and in so many
 * samples. */
#define SIGMAS 2.5758
#define LEAST_SAMPLES 3

/* All sites with one line to blame. */
struct sum {
	struct mg_growth growth;
	double most;     /* of growth.site alone */
	double samples;  /* more live ones */
	double variance; /* of growth.bytes */
};

static double
live_samples(const struct mg_stacks_site *s)
{
	return s != NULL && s->in > s->out ? (double)(s->in - s->out) : 0;
}

/*
 * Each sample stands for so many bytes, and was one with probability p. Those that went and came
 * make the difference uncertain: as many as were released, at most all that there were, and as many
 * again.
 */
static double
variance(const struct mg_stacks_site *then, const struct mg_stacks_site *now)
{
	const struct mg_stacks_site *s = live_samples(now) > 0 ? now : then;
	double live = live_samples(s), before = live_samples(then), after = live_samples(now);
	double gone = now != NULL && then != NULL && now->out > then->out
			  ? (double)(now->out - then->out)
			  : 0;
	double each, p;

	if (s == NULL || live == 0)
		return 0;
	each = (double)s->live_bytes / live;
	p = fmin(live / fmax((double)s->live_blocks, 1), 1);
	return (fabs(after - before) + 2 * fmin(gone, before)) * each * each * (1 - p);
}

static bool
is_same_line(const struct mg_symbols_line *a, const struct mg_symbols_line *b)
{
	return a->function == b->function && a->file == b->file && a->line == b->line &&
	       a->module == b->module;
}

static struct sum *
find_sum(struct sum *sums, size_t *n, const struct mg_stacks_site *s)
{
	for (size_t i = 0; i < *n; i++) {
		const struct mg_stacks_site *other = sums[i].growth.site;

		if (is_same_line(&other->lines[other->culprit], &s->lines[s->culprit]))
			return &sums[i];
	}
	sums[*n] = (struct sum){ .growth.site = s };
	return &sums[(*n)++];
}

static void
add(struct sum *sums, size_t *n, const struct mg_stacks_site *then,
    const struct mg_stacks_site *now)
{
	struct sum *sum = find_sum(sums, n, now != NULL ? now : then);
	double bytes = (now != NULL ? (double)now->live_bytes : 0) -
		       (then != NULL ? (double)then->live_bytes : 0);

	sum->growth.bytes += bytes;
	sum->samples += live_samples(now) - live_samples(then);
	sum->variance += variance(then, now);
	if (now == NULL || bytes <= sum->most)
		return;
	sum->most = bytes;
	sum->growth.site = now;
}

static int
by_bytes(const void *a, const void *b)
{
	const struct mg_growth *x = a, *y = b;

	return (x->bytes < y->bytes) - (x->bytes > y->bytes);
}

int
mg_growth_find(const struct mg_stacks *then, const struct mg_stacks *now, struct mg_growth **out,
    size_t *n_out)
{
	size_t n = 0, most = then->n + now->n + 1;
	struct sum *sums = calloc(most, sizeof *sums);
	struct mg_growth *found = calloc(most, sizeof *found);

	*n_out = 0;
	*out = found;
	if (sums == NULL || found == NULL) {
		free(sums);
		free(found);
		return -ENOMEM;
	}
	for (size_t i = 0; i < now->n; i++)
		add(sums, &n, mg_stacks_find(then, &now->sites[i]), &now->sites[i]);
	for (size_t i = 0; i < then->n; i++)
		if (mg_stacks_find(now, &then->sites[i]) == NULL)
			add(sums, &n, &then->sites[i], NULL);
	for (size_t i = 0; i < n; i++) {
		double error = sqrt(sums[i].variance);

		if (sums[i].samples < LEAST_SAMPLES || sums[i].growth.bytes <= SIGMAS * error)
			continue;
		found[*n_out] = sums[i].growth;
		found[(*n_out)++].error_bytes = error;
	}
	free(sums);
	qsort(found, *n_out, sizeof *found, by_bytes);
	return 0;
}
