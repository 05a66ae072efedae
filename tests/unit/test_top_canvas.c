/* SPDX-License-Identifier: MIT */
#include "tools/top/canvas.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support.h"
#include "tools/top/chart.h"

static struct mg_canvas c;
static char line[512];

static void
set_up(void)
{
	c = (struct mg_canvas){ 0 };
	mg_canvas_clear(&c, 20, 3);
}

static void
tear_down(void)
{
	mg_canvas_free(&c);
}

TestSuite(top_canvas, .init = set_up, .fini = tear_down);

static const char *
row(int i)
{
	mg_canvas_row_text(&c, i, line, sizeof line);
	return line;
}

Test(top_canvas, clips_at_every_edge)
{
	mg_canvas_put(&c, 0, 17, MG_STYLE_PLAIN, "abcdef");
	mg_canvas_put(&c, -1, 0, MG_STYLE_PLAIN, "above");
	mg_canvas_put(&c, 3, 0, MG_STYLE_PLAIN, "below");
	mg_canvas_put_n(&c, 1, 2, 3, MG_STYLE_PLAIN, "abcdef");
	cr_expect(SAME(row(0), "                 abc"));
	cr_expect(SAME(row(1), "  abc"));
	cr_expect(SAME(row(2), ""));
}

Test(top_canvas, lets_no_control_character_through)
{
	mg_canvas_put(&c, 0, 0, MG_STYLE_PLAIN, "a\x1b[2Jb\nc\x7f");
	cr_expect(SAME(row(0), "a?[2Jb?c?"));
}

Test(top_canvas, replaces_what_is_no_utf8)
{
	mg_canvas_put(&c, 0, 0, MG_STYLE_PLAIN, "a\xff\xc3(\xe2\x82");
	cr_expect(SAME(row(0), "a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd"));
}

Test(top_canvas, has_a_plain_stand_in_for_every_glyph)
{
	c.ascii = true;
	mg_canvas_put(&c, 0, 0, MG_STYLE_PLAIN, "█▓▒░▁▇▼…─é");
	cr_expect(SAME(row(0), "#+:._*v~-?"));
}

Test(top_canvas, cuts_behind_whole_words)
{
	mg_canvas_put_cut(&c, 0, 0, 12, MG_STYLE_PLAIN, "three whole words");
	mg_canvas_put_cut(&c, 1, 0, 8, MG_STYLE_PLAIN, "a unbreakable");
	mg_canvas_put_cut(&c, 2, 0, 5, MG_STYLE_PLAIN, "fits!");
	cr_expect(SAME(row(0), "three whole…"));
	cr_expect(SAME(row(1), "a unbre…"));
	cr_expect(SAME(row(2), "fits!"));
}

Test(top_canvas, draws_a_field_as_a_whole_or_not_at_all)
{
	cr_expect(eq(int, mg_canvas_field(&c, 0, 0, "name", "12345"), 12));
	cr_expect(eq(int, mg_canvas_field(&c, 0, 12, "name", "1234"), 12));
	cr_expect(eq(int, mg_canvas_field(&c, 1, 12, "name", "123"), 22));
	cr_expect(SAME(row(0), "name 12345"));
	cr_expect(SAME(row(1), "            name 123"));
}

Test(top_canvas, fills_bars_to_the_nearest_cell)
{
	static const struct {
		uint64_t part, whole;
		int want;
	} rows[] = {
		{ 0, 100, 0 },
		{ 1, 100, 1 }, /* something is never nothing */
		{ 14, 100, 1 },
		{ 15, 100, 2 },
		{ 94, 100, 9 },
		{ 95, 100, 10 },
		{ 100, 100, 10 },
		{ 200, 100, 10 },
		{ 5, 0, 0 },
		{ UINT64_MAX / 2, UINT64_MAX, 5 },
		{ UINT64_MAX, UINT64_MAX, 10 },
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		cr_expect(eq(int, mg_chart_cells(rows[i].part, rows[i].whole, 10), rows[i].want),
		    "%zu", i);
}

Test(top_canvas, ends_a_bar_where_its_sum_ends)
{
	struct mg_chart_part parts[] = { { 33, MG_STYLE_LIVE, 'a' }, { 33, MG_STYLE_CACHED, 'b' },
		{ 33, MG_STYLE_PARKED, 'c' }, { UINT64_MAX, MG_STYLE_DIM, 'd' } };

	mg_chart_bar(&c, 0, 0, 10, parts, 3, 100);
	mg_chart_bar(&c, 1, 0, 10, parts, 3, 198);
	mg_chart_bar(&c, 2, 0, 10, parts, 4, 100);
	cr_expect(SAME(row(0), "aaabbbbccc"));
	cr_expect(SAME(row(1), "aabcc"));
	cr_expect(SAME(row(2), "aaabbbbccc"));
}

Test(top_canvas, draws_sparks_from_the_right_scaled_to_the_largest_seen)
{
	static const uint64_t values[] = { 1000000, 0, 1, 4, 8 };

	c.ascii = true;
	mg_chart_spark(&c, 0, 0, 4, values, 5);
	mg_chart_spark(&c, 1, 0, 8, values + 3, 2);
	cr_expect(SAME(row(0), " _-#"));
	cr_expect(SAME(row(1), "      -#"));
}

Test(top_canvas, wraps_between_words)
{
	struct mg_pane at = { 0, 2, 3, 8 };

	cr_expect(
	    eq(int, mg_canvas_put_wrapped(&c, at, MG_STYLE_PLAIN, "one two  threefourfive"), 3));
	cr_expect(SAME(row(0), "  one two"));
	cr_expect(SAME(row(1), "  threefou"));
	cr_expect(SAME(row(2), "  rfive"));
	mg_canvas_clear(&c, 20, 3);
	at.height = 2;
	cr_expect(
	    eq(int, mg_canvas_put_wrapped(&c, at, MG_STYLE_PLAIN, "one two three four five"), 2));
	cr_expect(SAME(row(1), "  three…"));
	at.width = 0;
	cr_expect(le(int, mg_canvas_put_wrapped(&c, at, MG_STYLE_PLAIN, "one"), 2));
	at.width = 8;
	cr_expect(zero(int, mg_canvas_put_wrapped(&c, at, MG_STYLE_PLAIN, "")));
}
