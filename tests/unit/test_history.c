/* SPDX-License-Identifier: MIT */
#include "shim/observe/history.h"

#include "tests/unit/support.h"

#define MOST 500
#define DAY_S 86400

static struct mg_point points[MOST];
static struct mg_history h;

/* A point a second from second 1 on; what a point holds tells it apart. */
static void
fill(size_t cap, uint64_t seconds)
{
	h = (struct mg_history){ .points = points, .cap = cap };
	for (uint64_t i = 1; i <= seconds; i++)
		mg_history_add(&h, &(struct mg_point){ .time_ns = i * S, .live_bytes = i });
}

static size_t
younger_than(uint64_t age_ns)
{
	uint64_t now_ns = points[h.n - 1].time_ns;
	size_t n = 0;

	for (size_t i = 0; i < h.n; i++)
		n += now_ns - points[i].time_ns < age_ns;
	return n;
}

static void
expect_in_order(void)
{
	for (size_t i = 0; i < h.n; i++) {
		cr_assert(eq(u64, points[i].time_ns, points[i].live_bytes * S), "moved whole");
		cr_assert(i == 0 || points[i - 1].time_ns < points[i].time_ns, "point %zu", i);
	}
}

Test(history, keeps_everything_while_there_is_room)
{
	fill(MOST, MOST);
	cr_assert(eq(sz, h.n, MOST));
	expect_in_order();
	cr_expect(eq(u64, points[0].live_bytes, 1));
	cr_expect(eq(u64, points[MOST - 1].live_bytes, MOST));
}

Test(history, drops_one_when_it_is_full)
{
	fill(MOST, MOST + 1);
	cr_expect(eq(sz, h.n, MOST));
	expect_in_order();
	cr_expect(eq(u64, points[0].live_bytes, 1));
	cr_expect(eq(u64, points[MOST - 1].live_bytes, MOST + 1));
}

Test(history, holds_a_day_and_is_dense_where_it_is_recent)
{
	static const struct {
		uint64_t age_ns;
		size_t least, most;
	} rows[] = {
		{ 10 * S, 10, 10 },
		{ MINUTE, 50, 60 },
		{ 10 * MINUTE, 150, 300 },
		{ HOUR, 250, 400 },
		{ 6 * HOUR, 350, 480 },
		{ 12 * HOUR, 400, 495 },
	};

	fill(MOST, DAY_S);
	cr_assert(eq(sz, h.n, MOST));
	expect_in_order();
	cr_expect(eq(u64, points[0].live_bytes, 1));
	cr_expect(eq(u64, points[MOST - 1].live_bytes, DAY_S));
	for (size_t i = 0; i < ROWS(rows); i++) {
		cr_expect(ge(sz, younger_than(rows[i].age_ns), rows[i].least), "row %zu", i);
		cr_expect(le(sz, younger_than(rows[i].age_ns), rows[i].most), "row %zu", i);
	}
}

/* Nowhere is a hole larger than a few percent of its age, but for what the fixed first point makes.
 */
Test(history, has_no_holes)
{
	uint64_t now_ns = DAY_S * S;

	fill(MOST, DAY_S);
	for (size_t i = 2; i < h.n; i++) {
		uint64_t hole = points[i].time_ns - points[i - 1].time_ns;

		cr_expect(le(u64, hole, (now_ns - points[i - 1].time_ns) / 20 + S), "point %zu", i);
	}
}

Test(history, works_with_the_smallest_caps)
{
	static const size_t caps[] = { 2, 3, 16 };

	for (size_t i = 0; i < ROWS(caps); i++) {
		fill(caps[i], 10000);
		cr_assert(eq(sz, h.n, caps[i]));
		expect_in_order();
		cr_expect(eq(u64, points[0].live_bytes, 1), "cap %zu", caps[i]);
		cr_expect(eq(u64, points[h.n - 1].live_bytes, 10000), "cap %zu", caps[i]);
	}
	cr_expect(ge(sz, younger_than(MINUTE), 4), "16 points, an hour");
	cr_expect(ge(sz, younger_than(HOUR), 10), "16 points, an hour");
}

Test(history, survives_a_clock_that_stands)
{
	h = (struct mg_history){ .points = points, .cap = 4 };
	for (uint64_t i = 0; i < 20; i++)
		mg_history_add(&h, &(struct mg_point){ .time_ns = 5, .live_bytes = i });
	cr_expect(eq(sz, h.n, 4));
	cr_expect(eq(u64, points[0].live_bytes, 0));
	cr_expect(eq(u64, points[3].live_bytes, 19));
}
