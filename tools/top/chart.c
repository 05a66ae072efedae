/* SPDX-License-Identifier: MIT */
#include "tools/top/chart.h"

#define FULL 0x2588 /* U+2581..U+2588 fill a cell from below in eighths */

int
mg_chart_scale(uint64_t part, uint64_t whole, int n)
{
	uint64_t steps = n > 0 ? (uint64_t)n : 0;

	if (whole == 0 || steps == 0)
		return 0;
	if (part >= whole)
		return n;
	while (whole > UINT64_MAX / (2 * steps)) {
		part >>= 1;
		whole >>= 1;
	}
	return (int)((part * steps * 2 + whole) / (2 * whole));
}

int
mg_chart_cells(uint64_t part, uint64_t whole, int width)
{
	int n = mg_chart_scale(part, whole, width);

	return n == 0 && part > 0 && whole > 0 && width > 0 ? 1 : n;
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
