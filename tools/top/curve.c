/* SPDX-License-Identifier: MIT */
#include "tools/top/curve.h"

#include <stdio.h>
#include <string.h>

#include "tools/common/human.h"
#include "tools/top/axis.h"
#include "tools/top/chart.h"
#include "tools/top/plane.h"

#define MARK 0x25b2
#define MARK_WIDTH 7 /* with its label, and a gap */
#define NONE (-1)
#define TITLE_GAP 3

#define MINUTE_MS 60000
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

enum { LIVE, CACHED, PARKED, OTHER, AREAS };
static const struct mg_plane_look areas[AREAS] = {
	[LIVE] = { MG_STYLE_LIVE, 0x2588, 0xff },
	[CACHED] = { MG_STYLE_CACHED, 0x2593, 0xb7 },
	[PARKED] = { MG_STYLE_PARKED, 0x2592, 0x95 },
	[OTHER] = { MG_STYLE_DIM, 0x2591, 0x20 },
};
static const char *const area_names[AREAS] = { "live", "cached", "parked", "memgov's" };
static const struct mg_plane_look rss_look = { MG_STYLE_LINE, 0x2501, 0xff };
static const struct mg_plane_look rate_look = { MG_STYLE_KEY, 0x2588, 0xff };
static const struct mg_plane_look ceiling_look = { MG_STYLE_BAD, 0x2500, 0xff };

uint64_t
mg_curve_fit_ms(const struct mg_reply_point *points, size_t n)
{
	static const uint64_t minutes[] = { 1, 2, 5, 10 };
	size_t i = 0;

	while (i + 1 < sizeof minutes / sizeof minutes[0] && n > 0 &&
	       points[0].age_ms > minutes[i] * MINUTE_MS)
		i++;
	return minutes[i] * MINUTE_MS;
}

uint64_t
mg_curve_zoom_ms(uint64_t span_ms, int by)
{
	static const uint64_t ranges[] = { MINUTE_MS, 10 * MINUTE_MS, HOUR_MS, DAY_MS };
	int n = sizeof ranges / sizeof ranges[0], i = by > 0 ? 0 : n - 1;

	while (i >= 0 && i < n && (by > 0 ? ranges[i] <= span_ms : ranges[i] >= span_ms))
		i += by > 0 ? 1 : -1;
	return ranges[(i + n) % n];
}

/* Column of n for a time; NONE when it is before the first. */
static int
column_of(const struct mg_curve *v, int n, uint64_t age_ms)
{
	return age_ms > v->span_ms ? NONE : n - 1 - mg_chart_scale(age_ms, v->span_ms, n - 1);
}

/* The point that each of n columns shows: the one with the largest footprint of its stretch of
 * time. History is thinned with age: a column without a point of its own shows the one before. */
static void
choose(const struct mg_curve *v, int n, int *shown)
{
	int last = NONE;
	size_t i = 0;

	for (; i < v->n && column_of(v, n, v->points[i].age_ms) == NONE; i++)
		last = (int)i;
	for (int x = 0; x < n; x++) {
		int best = NONE;

		for (; i < v->n && column_of(v, n, v->points[i].age_ms) <= x; i++) {
			last = (int)i;
			if (best == NONE || v->points[i].heap_footprint_bytes >=
						v->points[best].heap_footprint_bytes)
				best = (int)i;
		}
		shown[x] = best != NONE ? best : last;
	}
}

static uint64_t
at_most(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void
stack_areas(const struct mg_reply_point *p, uint64_t top, int dots, struct mg_plane_column *out)
{
	const uint64_t parts[] = { p->live_bytes, p->cached_bytes, p->parked_bytes };
	uint64_t sum = 0;

	for (int i = LIVE; i < OTHER; i++) {
		sum += at_most(parts[i], p->heap_footprint_bytes - sum);
		out->top[i] = mg_chart_scale(sum, top, dots);
	}
	out->top[OTHER] = mg_chart_scale(p->heap_footprint_bytes, top, dots);
}

/* A line from the height before to this one. */
static void
connect(int before, int now, struct mg_plane_column *out)
{
	int low = before < now ? before : now;

	if (now == 0)
		return;
	low = low > 0 && before > 0 ? low : now;
	out->from = low - 1;
	out->to = before > now ? before : now;
}

static void
fill_memory(
    const struct mg_curve *v, struct mg_plane *p, const int *shown, int n, uint64_t top, int dots)
{
	int before = 0;

	for (int x = 0; x < n; x++) {
		int rss;

		if (shown[x] == NONE)
			continue;
		stack_areas(&v->points[shown[x]], top, dots, &p->columns[x]);
		rss = mg_chart_scale(v->points[shown[x]].rss_bytes, top, dots);
		connect(before, rss, &p->columns[x]);
		before = rss;
	}
}

static uint64_t
largest_shown(const struct mg_curve *v, const int *shown, int n)
{
	uint64_t max = 0;

	for (int x = 0; x < n; x++) {
		const struct mg_reply_point *p = shown[x] != NONE ? &v->points[shown[x]] : NULL;

		if (p != NULL && p->heap_footprint_bytes > max)
			max = p->heap_footprint_bytes;
		if (p != NULL && p->rss_bytes > max)
			max = p->rss_bytes;
	}
	return max;
}

static int
draw_legend_item(struct mg_canvas *c, int row, int col, int end, const struct mg_plane_look *look,
    const char *name)
{
	if (col + 2 + mg_canvas_width(c, name) > end)
		return col;
	mg_canvas_glyph(c, row, col, look->style, mg_plane_sample(c, look));
	return mg_canvas_put(c, row, col + 2, MG_STYLE_DIM, name) + 2;
}

static int
draw_title(struct mg_canvas *c, int row, int col, int end, const char *what, uint64_t span_ms)
{
	uint64_t minutes = span_ms / MINUTE_MS;
	char title[64];

	if (span_ms >= DAY_MS)
		snprintf(title, sizeof title, "%s, last day", what);
	else if (span_ms >= HOUR_MS)
		snprintf(title, sizeof title, "%s, last hour", what);
	else
		snprintf(title, sizeof title, "%s, last %lu min", what, (unsigned long)minutes);
	return mg_canvas_put_cut(c, row, col, end - col, MG_STYLE_STRONG, title) + TITLE_GAP;
}

static void
draw_legend(const struct mg_curve *v, struct mg_canvas *c, int row, int col, int end, bool in_sight)
{
	struct mg_plane_look line = rss_look, level = ceiling_look;
	char ceiling[40];

	line.dots = 0x24;
	level.dots = 0x09;
	for (int i = LIVE; i < OTHER; i++)
		col = draw_legend_item(c, row, col, end, &areas[i], area_names[i]);
	col = draw_legend_item(c, row, col, end, &line, "RSS");
	if (v->limit_bytes == 0)
		return;
	snprintf(ceiling, sizeof ceiling, "ceiling %s%s", mg_human_bytes(v->limit_bytes).text,
	    in_sight ? "" : ", above");
	draw_legend_item(c, row, col, end, &level, ceiling);
}

/* What compactions gave back, in each cell of the time axis. */
static void
collect_yields(const struct mg_curve *v, uint64_t *yields, int width)
{
	memset(yields, 0, (size_t)width * sizeof *yields);
	for (size_t i = 1; i < v->n; i++) {
		uint64_t before = v->points[i - 1].returned_bytes,
			 now = v->points[i].returned_bytes;
		int x = column_of(v, width, v->points[i].age_ms);

		if (x != NONE && now > before)
			yields[x] += now - before;
	}
}

/* A mark and its label are kept apart from the next ones: what is nearer is added to it. */
static void
draw_marks(const struct mg_curve *v, struct mg_canvas *c, int row, int col, int width)
{
	uint64_t yields[MG_PLANE_COLUMNS];

	collect_yields(v, yields, width);
	for (int x = 0; x < width; x++) {
		struct mg_human label;
		uint64_t sum = yields[x];
		int at = x, room;

		if (sum == 0)
			continue;
		while (x + 1 < width && x + 1 < at + MARK_WIDTH)
			sum += yields[++x];
		label = mg_human_bytes(sum);
		room = width - 1 - (int)strlen(label.text);
		at = at < room ? at : room;
		mg_canvas_glyph(c, row, col + at, MG_STYLE_GOOD, MARK);
		mg_canvas_put(c, row, col + at + 1, MG_STYLE_GOOD, label.text);
	}
}

/* The part of a chart that all have: false when there is no room for it. */
static bool
begin(struct mg_plane *p, struct mg_canvas *c, int row, int col, int width, int height)
{
	int most = MG_PLANE_COLUMNS / mg_plane_across(c);

	*p = (struct mg_plane){ .row = row + 1,
		.col = col + MG_AXIS_LEFT,
		.width = width - MG_AXIS_LEFT,
		.height = height - 3 };
	p->width = p->width < most ? p->width : most;
	return p->height >= 1 && p->width >= 2;
}

static void
finish(const struct mg_plane *p, struct mg_canvas *c, const struct mg_axis *axis, uint64_t span_ms)
{
	mg_axis_draw_values(axis, c, p->row, p->col - MG_AXIS_LEFT, p->height);
	mg_axis_draw_time(c, p->row + p->height, p->col, p->width, span_ms);
	mg_plane_draw(p, c);
}

void
mg_curve_draw_memory(
    struct mg_canvas *c, int row, int col, int width, int height, const struct mg_curve *v)
{
	int shown[MG_PLANE_COLUMNS], n, dots;
	struct mg_plane p;
	struct mg_axis axis;
	uint64_t largest;
	bool in_sight;

	if (!begin(&p, c, row, col, width, height))
		return;
	n = p.width * mg_plane_across(c);
	dots = p.height * mg_plane_up(c);
	choose(v, n, shown);
	largest = largest_shown(v, shown, n);
	/* A ceiling far above would press the curve flat; one that is near is what the eye looks
	 * for. */
	in_sight = v->limit_bytes > 0 && v->limit_bytes / 2 <= largest;
	if (in_sight && v->limit_bytes > largest)
		largest = v->limit_bytes;
	axis = mg_axis_make(largest, p.height, true);
	p.areas = areas;
	p.n_areas = AREAS;
	p.line = rss_look;
	p.level = ceiling_look;
	p.level_at = in_sight ? mg_chart_scale(v->limit_bytes, axis.top, dots) : 0;
	fill_memory(v, &p, shown, n, axis.top, dots);
	draw_legend(v, c, row, draw_title(c, row, col, col + width, "Memory", v->span_ms),
	    col + width, in_sight);
	finish(&p, c, &axis, v->span_ms);
	if (p.width > MARK_WIDTH)
		draw_marks(v, c, p.row + p.height, p.col, p.width);
}

/* Per second between two points, rounded to the nearest. */
static uint64_t
rate_between(uint64_t before, uint64_t after, uint64_t elapsed_ms)
{
	double v = elapsed_ms > 0 && after > before
		       ? (double)(after - before) * 1000 / (double)elapsed_ms
		       : 0;

	return v < 1e18 ? (uint64_t)(v + 0.5) : (uint64_t)1e18;
}

static uint64_t
counter_of(const struct mg_reply_point *p, bool frees)
{
	return frees ? p->frees : p->allocs;
}

/* The fastest in each column; a rate holds from one point to the next. The last one is returned. */
static uint64_t
collect_rates(const struct mg_curve *v, bool frees, uint64_t *rates, int n)
{
	uint64_t rate = 0;

	memset(rates, 0, (size_t)n * sizeof *rates);
	for (size_t i = 1; i < v->n; i++) {
		const struct mg_reply_point *a = &v->points[i - 1], *b = &v->points[i];
		int from = column_of(v, n, a->age_ms), to = column_of(v, n, b->age_ms);

		rate = rate_between(counter_of(a, frees), counter_of(b, frees),
		    a->age_ms > b->age_ms ? a->age_ms - b->age_ms : 0);
		for (int x = from < to ? from + 1 : to; x <= to; x++)
			if (x >= 0 && rates[x] < rate)
				rates[x] = rate;
	}
	return rate;
}

static void
draw_rate(struct mg_canvas *c, int row, int col, int width, int height, const struct mg_curve *v,
    bool frees)
{
	uint64_t rates[MG_PLANE_COLUMNS], largest = 0, last;
	struct mg_plane p;
	struct mg_axis axis;
	char title[64];
	int n, dots;

	if (!begin(&p, c, row, col, width, height))
		return;
	n = p.width * mg_plane_across(c);
	dots = p.height * mg_plane_up(c);
	last = collect_rates(v, frees, rates, n);
	for (int x = 0; x < n; x++)
		largest = rates[x] > largest ? rates[x] : largest;
	axis = mg_axis_make(largest, p.height, false);
	p.areas = &rate_look;
	p.n_areas = 1;
	for (int x = 0; x < n; x++)
		p.columns[x].top[0] = mg_chart_scale(rates[x], axis.top, dots);
	snprintf(title, sizeof title, "%s/s  %s", frees ? "Releases" : "Allocations",
	    mg_human_count(last).text);
	mg_canvas_put_cut(c, row, col, width, MG_STYLE_STRONG, title);
	finish(&p, c, &axis, v->span_ms);
}

void
mg_curve_draw_allocs(
    struct mg_canvas *c, int row, int col, int width, int height, const struct mg_curve *v)
{
	draw_rate(c, row, col, width, height, v, false);
}

void
mg_curve_draw_frees(
    struct mg_canvas *c, int row, int col, int width, int height, const struct mg_curve *v)
{
	draw_rate(c, row, col, width, height, v, true);
}
