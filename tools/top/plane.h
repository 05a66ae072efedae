/* SPDX-License-Identifier: MIT */
/*
 * Curves in dots, finer than the cells of a canvas: 2 x 4 in a cell as braille; where the font has
 * none, eighths of a block; in ASCII, halves. Areas lie on top of each other, lines are drawn over
 * them with a gap on both sides. Each area has a density of its own, so that it can be told from
 * the others without colours. Pure.
 */
#ifndef MG_PLANE_H
#define MG_PLANE_H

#include <stddef.h>
#include <stdint.h>

#include "tools/top/canvas.h"

#define MG_PLANE_AREAS 4
#define MG_PLANE_COLUMNS 1024 /* dots; what is further right is not drawn */

struct mg_plane_look {
	enum mg_style style;
	uint32_t full; /* of a whole cell, without braille */
	uint8_t dots;  /* of a cell in braille: those that are set, as U+2800 counts them */
};

struct mg_plane_column {
	int top[MG_PLANE_AREAS]; /* each at least the one before; all 0: an empty column */
	int from, to;            /* dots of the line, to > from; both 0: none here */
};

struct mg_plane {
	int row, col, width, height; /* cells */
	const struct mg_plane_look *areas;
	size_t n_areas;
	struct mg_plane_look line, level;
	int level_at; /* height of a line across in dots, from 1; 0: none */
	struct mg_plane_column columns[MG_PLANE_COLUMNS];
};

/* Dots in a cell of this canvas, across and upwards. */
int mg_plane_across(const struct mg_canvas *c);
int mg_plane_up(const struct mg_canvas *c);

void mg_plane_draw(const struct mg_plane *p, struct mg_canvas *c);

/* What stands for an area, or a line, in a legend. */
uint32_t mg_plane_sample(const struct mg_canvas *c, const struct mg_plane_look *look);

#endif
