/* SPDX-License-Identifier: MIT */
#include "tools/top/curve.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"
#include "tools/top/axis.h"
#include "tools/top/plane.h"

static struct mg_canvas c;
static char line[1024];

static void
set_up(void)
{
	c = (struct mg_canvas){ 0 };
	mg_canvas_clear(&c, 80, 12);
}

static void
tear_down(void)
{
	mg_canvas_free(&c);
}

TestSuite(top_curve, .init = set_up, .fini = tear_down);

static const char *
row(int i)
{
	mg_canvas_row_text(&c, i, line, sizeof line);
	return line;
}

static enum mg_style
style_at(int r, int col)
{
	return (enum mg_style)c.cells[r * c.width + col].style;
}

static uint32_t
glyph_at(int r, int col)
{
	return c.cells[r * c.width + col].glyph;
}

#define MB_ (1024ull * 1024)

static const struct mg_reply_point climbing[] = {
	{ .age_ms = 60000, .heap_footprint_bytes = 32 * MB_, .live_bytes = 32 * MB_ },
	{ .age_ms = 30000,
	    .heap_footprint_bytes = 60 * MB_,
	    .live_bytes = 16 * MB_,
	    .cached_bytes = 16 * MB_,
	    .parked_bytes = 28 * MB_,
	    .rss_bytes = 90 * MB_ },
	{ .age_ms = 15000,
	    .heap_footprint_bytes = 60 * MB_,
	    .live_bytes = 60 * MB_,
	    .rss_bytes = 90 * MB_,
	    .returned_bytes = 12 * MB_ },
	{ .age_ms = 0,
	    .heap_footprint_bytes = 60 * MB_,
	    .live_bytes = 60 * MB_,
	    .rss_bytes = 90 * MB_,
	    .returned_bytes = 12 * MB_ },
};

static void
draw(const struct mg_reply_point *points, size_t n, uint64_t span_ms, uint64_t limit, int width,
    int height)
{
	struct mg_curve v = { .points = points, .n = n, .span_ms = span_ms, .limit_bytes = limit };

	mg_canvas_clear(&c, width, height);
	mg_curve_draw_memory(&c, 0, 0, width, height, &v);
}

Test(top_curve, stacks_what_the_footprint_is_made_of)
{
	c.ascii = true;
	draw(climbing, 4, 60000, 0, 67, 12);
	cr_expect(SAME(row(0), "Memory, last 1 min   # live  + cached  : parked  * RSS"));
	/* 9 rows for 92.8M. */
	cr_expect(
	    SAME(row(1), "     |                              *******************************"));
	cr_expect(SAME(row(4) + 34, "  :::::::::::::::################"));
	cr_expect(SAME(row(7) + 34, "##+++++++++++++++################"));
	cr_expect(
	    SAME(row(9), "     |#############################################################"));
	cr_expect(
	    SAME(row(10), "    0++---------+---------+---------+---------+----^12M-+---------+"));
	cr_expect(
	    SAME(row(11), "      -1m     -50s      -40s      -30s      -20s      -10s      now"));
}

Test(top_curve, marks_round_values)
{
	c.ascii = true;
	draw(climbing, 4, 60000, 0, 67, 12);
	for (int i = 1; i < 10; i++)
		cr_expect(strncmp(row(i), "     |", 6) == 0 || strncmp(row(i), "  64M|", 6) == 0 ||
			      strncmp(row(i), "  32M|", 6) == 0,
		    "%s", row(i));
}

Test(top_curve, has_steps_that_people_count_in)
{
	static const struct {
		uint64_t largest;
		int rows;
		bool is_bytes;
		uint64_t step;
	} rows[] = { { 90 * MB_, 9, true, 32 * MB_ }, { 90 * MB_, 3, true, 64 * MB_ },
		{ 90 * MB_, 16, true, 16 * MB_ }, { 1000, 10, false, 200 }, { 1000, 4, false, 500 },
		{ 900, 10, false, 200 }, { 900, 20, false, 100 }, { 0, 10, false, 1 },
		{ 0, 10, true, 1024 }, { UINT64_MAX, 10, true, 1ull << 59 },
		{ UINT64_MAX, 10, false, 500000000000000000ull } };

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_axis a = mg_axis_make(rows[i].largest, rows[i].rows, rows[i].is_bytes);

		cr_expect(eq(u64, a.step, rows[i].step), "row %zu", i);
		cr_expect(ge(u64, a.top, rows[i].largest / 8));
	}
}

Test(top_curve, marks_times_that_have_room)
{
	static const struct {
		uint64_t span_s;
		int width;
		uint64_t step_s;
	} rows[] = { { 60, 60, 10 }, { 60, 30, 30 }, { 600, 60, 120 }, { 3600, 60, 600 },
		{ 86400, 60, 21600 }, { 86400, 200, 7200 }, { 60, 5, 60 }, { 600000, 10, 86400 } };

	for (size_t i = 0; i < ROWS(rows); i++)
		cr_expect(eq(u64, mg_axis_time_step_ms(rows[i].span_s * 1000, rows[i].width),
			      rows[i].step_s * 1000),
		    "row %zu", i);
}

Test(top_curve, calls_times_by_their_largest_unit)
{
	static const struct {
		uint64_t s;
		const char *name;
	} rows[] = { { 0, "now" }, { 30, "-30s" }, { 60, "-1m" }, { 90, "-90s" }, { 150, "-2m30s" },
		{ 600, "-10m" }, { 3600, "-1h" }, { 5400, "-90m" }, { 86400, "-24h" } };

	for (size_t i = 0; i < ROWS(rows); i++) {
		mg_axis_print_age(line, sizeof line, rows[i].s * 1000);
		cr_expect(SAME(line, rows[i].name));
	}
}

Test(top_curve, shows_a_ceiling_that_is_near_and_names_one_that_is_not)
{
	draw(climbing, 4, 60000, 128 * MB_, 80, 12);
	cr_expect(ne(ptr, strstr(row(0), "ceiling 128M"), NULL));
	cr_expect(eq(ptr, strstr(row(0), "above"), NULL));
	cr_expect(eq(int, style_at(1, 40), MG_STYLE_BAD));
	draw(climbing, 4, 60000, 180 * MB_, 80, 12);
	cr_expect(eq(ptr, strstr(row(0), "above"), NULL), "twice as much as the RSS");
	draw(climbing, 4, 60000, 182 * MB_, 80, 12);
	cr_expect(ne(ptr, strstr(row(0), "ceiling 182M, above"), NULL));
	for (int r = 1; r < 10; r++)
		cr_expect(ne(int, style_at(r, 40), MG_STYLE_BAD));
	draw(climbing, 4, 60000, 0, 80, 12);
	cr_expect(eq(ptr, strstr(row(0), "ceiling"), NULL));
}

Test(top_curve, tells_areas_apart_without_colours)
{
	uint32_t seen[3];

	draw(climbing, 4, 60000, 0, 67, 12);
	seen[0] = glyph_at(9, 42);
	seen[1] = glyph_at(7, 42);
	seen[2] = glyph_at(5, 42);
	cr_expect(eq(u32, seen[0], 0x28ff));
	cr_expect(seen[0] != seen[1] && seen[1] != seen[2] && seen[2] != seen[0]);
	cr_expect(eq(int, style_at(9, 42), MG_STYLE_LIVE));
	cr_expect(eq(int, style_at(7, 42), MG_STYLE_CACHED));
	cr_expect(eq(int, style_at(5, 42), MG_STYLE_PARKED));
	cr_expect(eq(int, style_at(1, 42), MG_STYLE_LINE));
	c.no_braille = true;
	draw(climbing, 4, 60000, 0, 67, 12);
	cr_expect(eq(u32, glyph_at(9, 42), 0x2588));
	cr_expect(eq(u32, glyph_at(7, 42), 0x2593));
	cr_expect(eq(u32, glyph_at(5, 42), 0x2592));
}

Test(top_curve, is_finer_than_its_cells)
{
	struct mg_reply_point p[] = {
		{ .age_ms = 60000, .heap_footprint_bytes = 30 * MB_, .live_bytes = 30 * MB_ },
		{ .age_ms = 0, .heap_footprint_bytes = 31 * MB_, .live_bytes = 31 * MB_ }
	};

	c.no_braille = true;
	draw(p, 2, 60000, 0, 40, 5);
	/* Two rows, 16 eighths, for 31.97M: 15 of them. */
	cr_expect(eq(u32, glyph_at(1, 10), 0x2587));
	cr_expect(eq(u32, glyph_at(2, 10), 0x2588));
	cr_expect(eq(u32, glyph_at(1, 39), 0x2588));
	c.no_braille = false;
	p[0].live_bytes = p[0].heap_footprint_bytes = 20 * MB_;
	draw(p, 2, 60000, 0, 40, 5);
	/* 8 dots: 5 of them, so one in the upper row. */
	cr_expect(eq(u32, glyph_at(1, 10), 0x28c0));
	cr_expect(eq(u32, glyph_at(2, 10), 0x28ff));
}

Test(top_curve, keeps_a_line_apart_from_what_is_below_it)
{
	struct mg_reply_point p[] = { { .age_ms = 60000,
	    .heap_footprint_bytes = 100 * MB_,
	    .live_bytes = 100 * MB_,
	    .rss_bytes = 50 * MB_ } };

	draw(p, 1, 60000, 0, 40, 8);
	/* 20 dots for 103M; the line is at dot 10, in the middle row, with a gap above and below.
	 */
	cr_expect(eq(u32, glyph_at(3, 20), 0x282d));
	cr_expect(eq(int, style_at(3, 20), MG_STYLE_LINE));
	cr_expect(eq(int, style_at(2, 20), MG_STYLE_LIVE));
}

Test(top_curve, shows_the_past_as_long_as_nothing_newer_is_known)
{
	static const struct mg_reply_point p[] = {
		{ .age_ms = 3600000, .heap_footprint_bytes = 90 * MB_, .live_bytes = 90 * MB_ },
		{ .age_ms = 1800000, .heap_footprint_bytes = 64 * MB_, .live_bytes = 64 * MB_ },
		{ .age_ms = 20000, .heap_footprint_bytes = 1 * MB_, .live_bytes = 1 * MB_ }
	};

	c.ascii = true;
	draw(p, 3, 60000, 0, 67, 7);
	cr_expect(SAME(row(1), "  64M|########################################"));
	draw(p, 3, 600000, 0, 67, 7);
	cr_expect(SAME(row(1), "  64M|##########################################################"));
	draw(p + 2, 1, 60000, 0, 67, 7);
	cr_expect(
	    SAME(row(1), "   1M|                                        #####################"));
}

Test(top_curve, names_its_range_and_changes_it)
{
	static const struct {
		uint64_t from, out, in;
	} rows[] = { { 60000, 600000, 86400000 }, { 120000, 600000, 60000 },
		{ 600000, 3600000, 60000 }, { 3600000, 86400000, 600000 },
		{ 86400000, 60000, 3600000 } };
	static const struct {
		uint64_t age, fit;
	} fits[] = { { 0, 60000 }, { 60000, 60000 }, { 60001, 120000 }, { 120001, 300000 },
		{ 300001, 600000 }, { 99999999, 600000 } };

	for (size_t i = 0; i < ROWS(rows); i++) {
		cr_expect(eq(u64, mg_curve_zoom_ms(rows[i].from, 1), rows[i].out));
		cr_expect(eq(u64, mg_curve_zoom_ms(rows[i].from, -1), rows[i].in));
	}
	for (size_t i = 0; i < ROWS(fits); i++) {
		struct mg_reply_point p = { .age_ms = fits[i].age };

		cr_expect(eq(u64, mg_curve_fit_ms(&p, 1), fits[i].fit));
	}
	cr_expect(eq(u64, mg_curve_fit_ms(NULL, 0), 60000));
	draw(climbing, 4, 300000, 0, 80, 12);
	cr_expect(eq(int, strncmp(row(0), "Memory, last 5 min ", 19), 0));
	draw(climbing, 4, 3600000, 0, 80, 12);
	cr_expect(eq(int, strncmp(row(0), "Memory, last hour ", 18), 0));
	draw(climbing, 4, 86400000, 0, 80, 12);
	cr_expect(eq(int, strncmp(row(0), "Memory, last day ", 17), 0));
}

Test(top_curve, adds_up_what_compactions_near_each_other_gave_back)
{
	static const struct mg_reply_point p[] = { { .age_ms = 60000 },
		{ .age_ms = 40000, .returned_bytes = 10 * MB_ },
		{ .age_ms = 39000, .returned_bytes = 30 * MB_ },
		{ .age_ms = 30000, .returned_bytes = 30 * MB_ },
		{ .age_ms = 20000, .returned_bytes = 31 * MB_ },
		{ .age_ms = 0, .returned_bytes = 131 * MB_ } };

	c.ascii = true;
	draw(p, 6, 60000, 0, 67, 7);
	cr_expect(
	    SAME(row(5), "    0++---------+---------^30M------+---------^1M-------+-----^100M"));
}

static const struct mg_reply_point busy[] = {
	{ .age_ms = 60000, .allocs = 1000, .frees = 0 },
	{ .age_ms = 30000, .allocs = 31000, .frees = 15000 },
	{ .age_ms = 15000, .allocs = 31000, .frees = 15000 },
	{ .age_ms = 0, .allocs = 33250, .frees = 75000 },
};

Test(top_curve, shows_rates_between_two_points)
{
	struct mg_curve v = { .points = busy, .n = 4, .span_ms = 60000 };

	c.ascii = true;
	mg_canvas_clear(&c, 67, 7);
	mg_curve_draw_allocs(&c, 0, 0, 67, 7, &v);
	cr_expect(SAME(row(0), "Allocations/s  150"));
	cr_expect(SAME(row(1), " 1000| ##############################"));
	cr_expect(SAME(row(3), "     | ##############################"));
	cr_expect(
	    SAME(row(4), "     | ##############################               ###############"));
	mg_canvas_clear(&c, 67, 7);
	mg_curve_draw_frees(&c, 0, 0, 67, 7, &v);
	cr_expect(SAME(row(0), "Releases/s  4000"));
	cr_expect(
	    SAME(row(1), " 4000|                                              ###############"));
}

Test(top_curve, survives_a_history_in_no_room_and_of_any_size)
{
	struct mg_reply_point p[] = {
		{ UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 0, 0, 0 },
		{ 5, UINT64_MAX, 1, UINT64_MAX, UINT64_MAX, 0, UINT64_MAX, UINT64_MAX, 0 },
		{ 5, UINT64_MAX, 1, UINT64_MAX, UINT64_MAX, 9, UINT64_MAX, UINT64_MAX, 0 },
		{ 0, 1, UINT64_MAX, UINT64_MAX, 1, UINT64_MAX, 0, 0, UINT64_MAX },
	};
	struct mg_curve v = { .points = p, .n = 4, .span_ms = 60000, .limit_bytes = UINT64_MAX };

	mg_canvas_clear(&c, 30, 12);
	for (int mode = 0; mode < 3; mode++) {
		c.ascii = mode == 1;
		c.no_braille = mode == 2;
		for (int w = -1; w < 35; w++) {
			for (int h = -1; h < 15; h++) {
				mg_curve_draw_memory(&c, 0, 0, w, h, &v);
				mg_curve_draw_allocs(&c, 0, 0, w, h, &v);
				mg_curve_draw_frees(&c, 0, 0, w, h, &v);
			}
		}
	}
	v.n = 0;
	mg_curve_draw_memory(&c, 0, 0, 30, 12, &v);
	mg_curve_draw_memory(&c, 0, 0, 5000, 12, &v);
}
