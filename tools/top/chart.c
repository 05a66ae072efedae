/* SPDX-License-Identifier: MIT */
#include "tools/top/chart.h"

#include "shim/base/text.h"
#include "tools/common/human.h"

#define FULL 0x2588 /* U+2581..U+2588 fill a cell from below in eighths */
#define LIGHT 0x2592
#define LABEL_WIDTH 6
#define POINTS_MAX 512

/* part * n / whole without overflow, rounded to the nearest. */
static uint64_t
scale(uint64_t part, uint64_t whole, uint64_t n)
{
	while (part > UINT64_MAX / (2 * n) || whole > UINT64_MAX / (2 * n)) {
		part >>= 1;
		whole >>= 1;
	}
	return (part * n * 2 + whole) / (2 * whole);
}

int
mg_chart_cells(uint64_t part, uint64_t whole, int width)
{
	uint64_t n;

	if (part == 0 || whole == 0 || width <= 0)
		return 0;
	if (part >= whole)
		return width;
	n = scale(part, whole, (uint64_t)width);
	return n > 0 ? (int)n : 1;
}

int
mg_chart_bar(struct mg_canvas *c, int row, int col, int width, const struct mg_chart_part *parts,
    size_t n, uint64_t whole)
{
	uint64_t sum = 0;
	int from = 0;

	for (size_t i = 0; i < n; i++) {
		int to;

		if (__builtin_add_overflow(sum, parts[i].bytes, &sum))
			sum = UINT64_MAX;
		to = mg_chart_cells(sum, whole, width);
		for (; from < to; from++)
			mg_canvas_glyph(c, row, col + from, parts[i].style, parts[i].glyph);
	}
	return col + width;
}

static uint64_t
largest(const uint64_t *values, size_t n)
{
	uint64_t max = 0;

	for (size_t i = 0; i < n; i++)
		max = values[i] > max ? values[i] : max;
	return max;
}

void
mg_chart_spark(struct mg_canvas *c, int row, int col, int width, const uint64_t *values, size_t n)
{
	size_t shown = n < (size_t)width ? n : (size_t)width;
	uint64_t max;

	values += n - shown;
	col += width - (int)shown;
	max = largest(values, shown);
	for (size_t i = 0; i < shown; i++) {
		int level = mg_chart_cells(values[i], max, 8);

		if (level > 0)
			mg_canvas_glyph(
			    c, row, col + (int)i, MG_STYLE_LIVE, FULL - 8 + (uint32_t)level);
	}
}

/* Points by column: for each column the largest footprint of its stretch of time. */
struct series {
	int width;
	uint64_t span_ms;
	uint64_t footprint[POINTS_MAX], live[POINTS_MAX];
};

static int
column_of(const struct series *s, uint64_t age_ms)
{
	uint64_t passed = age_ms < s->span_ms ? s->span_ms - age_ms : 0;

	return s->span_ms > 0 ? (int)scale(passed, s->span_ms, (uint64_t)s->width - 1)
			      : s->width - 1;
}

/* History is thinned with age: a column without a point of its own shows the one before it. */
static void
resample(struct series *s, const struct mg_reply_point *points, size_t n)
{
	uint64_t footprint = 0, live = 0;
	size_t i = 0;

	s->span_ms = points[0].age_ms;
	for (int x = 0; x < s->width; x++) {
		bool has = false;

		for (; i < n && column_of(s, points[i].age_ms) <= x; i++) {
			if (has && points[i].heap_footprint_bytes < footprint)
				continue;
			footprint = points[i].heap_footprint_bytes;
			live = points[i].live_bytes;
			has = true;
		}
		s->footprint[x] = footprint;
		s->live[x] = live < footprint ? live : footprint;
	}
}

/* One column of the chart, `height` cells high: eighths of a cell at the top, live solid from
 * below. */
static void
draw_column(struct mg_canvas *c, int row, int col, int height, uint64_t footprint, uint64_t live,
    uint64_t top)
{
	int eighths = mg_chart_cells(footprint, top, height * 8);
	int solid = mg_chart_cells(live, top, height * 8);

	for (int y = 0; y < height; y++) {
		int in = eighths - y * 8, live_in = solid - y * 8;

		if (in <= 0)
			break;
		if (live_in >= 4 || (live_in > 0 && live_in == in))
			mg_canvas_glyph(c, row - y, col, MG_STYLE_LIVE,
			    in >= 8 || live_in >= 8 ? FULL : FULL - 8 + (uint32_t)in);
		else
			mg_canvas_glyph(c, row - y, col, MG_STYLE_PARKED,
			    in >= 8 ? LIGHT : FULL - 8 + (uint32_t)in);
	}
}

static void
draw_scale(struct mg_canvas *c, int row, int col, int height, uint64_t top)
{
	char label[16];
	struct mg_text t;

	for (int y = 0; y < height; y++)
		mg_canvas_glyph(c, row - y, col + LABEL_WIDTH, MG_STYLE_DIM, 0x2502);
	mg_text_init(&t, label, sizeof label);
	mg_text_add_human(&t, top);
	mg_canvas_put_right(c, row - height + 1, col, LABEL_WIDTH, MG_STYLE_DIM, label);
	if (height < 4)
		return;
	mg_text_init(&t, label, sizeof label);
	mg_text_add_human(&t, top / 2);
	mg_canvas_put_right(c, row - height / 2 + 1, col, LABEL_WIDTH, MG_STYLE_DIM, label);
}

static void
draw_axis(struct mg_canvas *c, int row, int col, int width, uint64_t span_ms)
{
	char label[32];
	struct mg_text t;

	mg_canvas_put_right(c, row, col, LABEL_WIDTH, MG_STYLE_DIM, "0");
	mg_canvas_glyph(c, row, col + LABEL_WIDTH, MG_STYLE_DIM, 0x2514);
	for (int x = LABEL_WIDTH + 1; x < width; x++)
		mg_canvas_glyph(c, row, col + x, MG_STYLE_DIM, 0x2500);
	mg_text_init(&t, label, sizeof label);
	mg_human_add_span(&t, span_ms);
	mg_text_add(&t, " ago");
	mg_canvas_put(c, row + 1, col + LABEL_WIDTH + 1, MG_STYLE_DIM, label);
	mg_canvas_put_right(c, row + 1, col, width, MG_STYLE_DIM, "now");
}

void
mg_chart_history(struct mg_canvas *c, int row, int col, int width, int height,
    const struct mg_reply_point *points, size_t n, uint64_t limit_bytes)
{
	struct series s = { .width = width - LABEL_WIDTH - 1 };
	int rows = height - 2, base = row + rows - 1, left = col + LABEL_WIDTH + 1;
	uint64_t top;

	s.width = s.width < POINTS_MAX ? s.width : POINTS_MAX;
	if (n == 0 || rows < 1 || s.width < 2)
		return;
	resample(&s, points, n);
	top = largest(s.footprint, (size_t)s.width);
	/* A ceiling far above would press the curve flat; one that is near is what the eye looks
	 * for. */
	bool in_sight = limit_bytes > 0 && limit_bytes / 2 <= top;

	top = in_sight && limit_bytes > top ? limit_bytes : top;
	draw_scale(c, base, col, rows, top);
	if (in_sight)
		for (int x = 0; x < s.width; x++)
			mg_canvas_glyph(c, base - mg_chart_cells(limit_bytes, top, rows) + 1,
			    left + x, MG_STYLE_BAD, 0x2500);
	for (int x = 0; x < s.width; x++)
		draw_column(c, base, left + x, rows, s.footprint[x], s.live[x], top);
	draw_axis(c, row + rows, col, s.width + LABEL_WIDTH + 1, s.span_ms);
}
