/* SPDX-License-Identifier: MIT */
#include "tools/top/axis.h"

#include <stdio.h>

#include "tools/common/human.h"
#include "tools/top/chart.h"

#define VERTICAL 0x2502
#define HORIZONTAL 0x2500
#define CORNER 0x2514
#define MARK_LEFT 0x2524
#define MARK_BELOW 0x252c
#define TIME_LABEL 9 /* columns for each at least */
#define VALUE_ROWS 2

static uint64_t
next_step(uint64_t step, bool is_bytes)
{
	uint64_t first = step;

	if (is_bytes)
		return step * 2;
	while (first >= 10)
		first /= 10;
	return first == 2 ? step / 2 * 5 : step * 2; /* 1, 2, 5, 10 */
}

struct mg_axis
mg_axis_make(uint64_t largest, int rows, bool is_bytes)
{
	/* Nothing is higher than an eighth of all addresses; so nothing overflows below. */
	uint64_t most = UINT64_MAX / 8, least = is_bytes ? 4096 : 4;
	struct mg_axis a = { .step = is_bytes ? 1024 : 1, .is_bytes = is_bytes };

	a.top = largest < least ? least : largest > most ? most : largest;
	a.top += a.top / 32; /* so that a line along the top is not cut */
	while (rows > 0 && a.step < a.top && a.top / a.step > (uint64_t)rows / VALUE_ROWS)
		a.step = next_step(a.step, is_bytes);
	return a;
}

void
mg_axis_draw_values(const struct mg_axis *a, struct mg_canvas *c, int row, int col, int rows)
{
	int at = col + MG_AXIS_LABEL, last = rows;

	for (int r = 0; r < rows; r++)
		mg_canvas_glyph(c, row + r, at, MG_STYLE_DIM, VERTICAL);
	for (uint64_t v = a->step; v <= a->top; v += a->step) {
		int r = rows - 1 - mg_chart_scale(v, a->top, rows * 8) / 8;
		struct mg_human label = a->is_bytes ? mg_human_bytes(v) : mg_human_count(v);

		r = r < 0 ? 0 : r;
		if (r >= last)
			continue;
		last = r;
		mg_canvas_put_right(c, row + r, col, MG_AXIS_LABEL, MG_STYLE_DIM, label.text);
		mg_canvas_glyph(c, row + r, at, MG_STYLE_DIM, MARK_LEFT);
	}
	mg_canvas_put_right(c, row + rows, col, MG_AXIS_LABEL, MG_STYLE_DIM, "0");
	mg_canvas_glyph(c, row + rows, at, MG_STYLE_DIM, CORNER);
}

uint64_t
mg_axis_time_step_ms(uint64_t span_ms, int width)
{
	static const uint64_t steps_s[] = { 1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600,
		7200, 10800, 21600, 43200, 86400 };
	uint64_t most = width > TIME_LABEL ? (uint64_t)(width / TIME_LABEL) : 1;
	size_t i = 0;

	while (i + 1 < sizeof steps_s / sizeof steps_s[0] && span_ms / (steps_s[i] * 1000) > most)
		i++;
	return steps_s[i] * 1000;
}

void
mg_axis_print_age(char *buf, size_t cap, uint64_t age_ms)
{
	unsigned long s = (unsigned long)(age_ms / 1000);

	if (s == 0)
		snprintf(buf, cap, "now");
	else if (s % 3600 == 0)
		snprintf(buf, cap, "-%luh", s / 3600);
	else if (s % 60 == 0)
		snprintf(buf, cap, "-%lum", s / 60);
	else if (s > 90)
		snprintf(buf, cap, "-%lum%02lus", s / 60, s % 60);
	else
		snprintf(buf, cap, "-%lus", s);
}

void
mg_axis_draw_time(struct mg_canvas *c, int row, int col, int width, uint64_t span_ms)
{
	uint64_t step = mg_axis_time_step_ms(span_ms, width);
	int end = col + width, room = end;

	for (int x = col; x < end; x++)
		mg_canvas_glyph(c, row, x, MG_STYLE_DIM, HORIZONTAL);
	/* From now backwards: the label at the left end is the one to be left out. */
	for (uint64_t age = 0; age <= span_ms; age += step) {
		int at = end - 1 - mg_chart_scale(age, span_ms, width - 1), from;
		char label[24];
		int n;

		mg_axis_print_age(label, sizeof label, age);
		n = mg_canvas_width(c, label);
		from = at - n / 2;
		from = from + n > end ? end - n : from < col ? col : from;
		if (from + n > room)
			continue;
		mg_canvas_glyph(c, row, at, MG_STYLE_DIM, MARK_BELOW);
		mg_canvas_put(c, row + 1, from, MG_STYLE_DIM, label);
		room = from - 1;
	}
}
