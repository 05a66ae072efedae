/* SPDX-License-Identifier: MIT */
/* Bars and sparklines, drawn into a canvas. Pure; the arithmetic is done on
 * 64-bit values of any size. */
#ifndef MG_CHART_H
#define MG_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/top/canvas.h"

/* `part` of `whole` in n steps, rounded to the nearest, at most n. */
int mg_chart_scale(uint64_t part, uint64_t whole, int n);

/* Cells of `width` that `part` of `whole` fills, rounded to the nearest; at least 1 when part > 0,
 * at most width. */
int mg_chart_cells(uint64_t part, uint64_t whole, int width);

struct mg_chart_part {
	uint64_t bytes;
	enum mg_style style;
	uint32_t glyph;
};

/*
 * Parts beside each other, scaled to `whole`. The parts together end where their sum ends: rounding
 * moves only the borders between them. Returns the column behind the bar.
 */
int mg_chart_bar(struct mg_canvas *c, int row, int col, int width,
    const struct mg_chart_part *parts, size_t n, uint64_t whole);

/* The newest `width` of n values, oldest first, ending at the right; scaled to their largest. */
void mg_chart_spark(
    struct mg_canvas *c, int row, int col, int width, const uint64_t *values, size_t n);

#endif
