/* SPDX-License-Identifier: MIT */
/* Axes of charts: which values and times are marked, what they are called, and drawing them. Pure.
 */
#ifndef MG_AXIS_H
#define MG_AXIS_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/top/canvas.h"

#define MG_AXIS_LABEL 5                  /* columns of the labels on the left */
#define MG_AXIS_LEFT (MG_AXIS_LABEL + 1) /* and of the axis */

/* Values in `rows` rows: what is at the top of them, and how far the marks are apart. */
struct mg_axis {
	uint64_t top, step;
	bool is_bytes; /* steps are powers of two; else 1, 2, 5, 10 ... */
};
struct mg_axis mg_axis_make(uint64_t largest, int rows, bool is_bytes);

/* Left of rows row..row+rows-1, from column `col`. */
void mg_axis_draw_values(const struct mg_axis *a, struct mg_canvas *c, int row, int col, int rows);

/* How far the marks of a time axis of so many columns are apart. */
uint64_t mg_axis_time_step_ms(uint64_t span_ms, int width);

/* "-10m", "-30s", "-2h", "now". */
void mg_axis_print_age(char *buf, size_t cap, uint64_t age_ms);

/* The line below a chart and its labels: two rows; the chart's columns begin at `col`. */
void mg_axis_draw_time(struct mg_canvas *c, int row, int col, int width, uint64_t span_ms);

#endif
