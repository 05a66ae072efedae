/* SPDX-License-Identifier: MIT */
#include "tools/top/plane.h"

#include <stdbool.h>

#define BLOCK 0x2588 /* U+2581..U+2588 fill a cell from below in eighths */
#define BRAILLE 0x2800
#define LINES_FROM MG_PLANE_AREAS /* what is at a dot: an area, or one of two lines */
#define NOTHING (-1)

/* U+2800 counts the dots of a cell in the order in which braille had them. */
static const uint8_t dot_bits[4][2] = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 },
	{ 0x40, 0x80 } };

static bool
is_braille(const struct mg_canvas *c)
{
	return !c->ascii && !c->no_braille;
}

int
mg_plane_across(const struct mg_canvas *c)
{
	return is_braille(c) ? 2 : 1;
}

int
mg_plane_up(const struct mg_canvas *c)
{
	return is_braille(c) ? 4 : c->ascii ? 2 : 8;
}

static const struct mg_plane_look *
look_of(const struct mg_plane *p, int what)
{
	return what < LINES_FROM ? &p->areas[what] : what == LINES_FROM ? &p->line : &p->level;
}

/* What is at a dot; `gap` around lines. */
static int
what_at(const struct mg_plane *p, int x, int y, int gap)
{
	const struct mg_plane_column *column = &p->columns[x];

	if (column->to > column->from) {
		if (y >= column->from && y < column->to)
			return LINES_FROM;
		if (y >= column->from - gap && y < column->to + gap)
			return NOTHING;
	}
	if (p->level_at > 0) {
		if (y == p->level_at - 1)
			return LINES_FROM + 1;
		if (y >= p->level_at - 1 - gap && y <= p->level_at - 1 + gap)
			return NOTHING;
	}
	for (size_t i = 0; i < p->n_areas; i++)
		if (y < column->top[i])
			return (int)i;
	return NOTHING;
}

/* The line in a cell, or else the area with the most of it. */
static int
winner(const int counts[MG_PLANE_AREAS + 2])
{
	int best = NOTHING;

	for (int i = 0; i < MG_PLANE_AREAS + 2; i++)
		if (counts[i] > 0 &&
		    (i >= LINES_FROM ? best < LINES_FROM
				     : best == NOTHING || counts[i] > counts[best]))
			best = i;
	return best;
}

static void
draw_braille(const struct mg_plane *p, struct mg_canvas *c, int row, int col)
{
	int counts[MG_PLANE_AREAS + 2] = { 0 }, best;
	unsigned set = 0;

	for (int y = 0; y < 4; y++) {
		for (int x = 0; x < 2; x++) {
			int what = what_at(p, col * 2 + x, row * 4 + 3 - y, 1);

			if (what == NOTHING)
				continue;
			counts[what]++;
			set |= (unsigned)(look_of(p, what)->dots & dot_bits[y][x]);
		}
	}
	best = winner(counts);
	if (best != NOTHING && set != 0)
		mg_canvas_glyph(c, p->row + p->height - 1 - row, p->col + col,
		    look_of(p, best)->style, BRAILLE + set);
}

static void
draw_block(const struct mg_plane *p, struct mg_canvas *c, int row, int col)
{
	int counts[MG_PLANE_AREAS + 2] = { 0 }, best, filled = 0, up = mg_plane_up(c);
	const struct mg_plane_look *look;
	uint32_t glyph;

	for (int y = 0; y < up; y++) {
		int what = what_at(p, col, row * up + y, 0);

		if (what == NOTHING)
			continue;
		counts[what]++;
		filled++;
	}
	best = winner(counts);
	if (best == NOTHING)
		return;
	look = look_of(p, best);
	glyph = look->full;
	if (best < LINES_FROM && !c->ascii && filled < up)
		glyph = BLOCK - 8 + (uint32_t)filled;
	mg_canvas_glyph(c, p->row + p->height - 1 - row, p->col + col, look->style, glyph);
}

void
mg_plane_draw(const struct mg_plane *p, struct mg_canvas *c)
{
	int most = MG_PLANE_COLUMNS / mg_plane_across(c);
	int width = p->width < most ? p->width : most;

	for (int row = 0; row < p->height; row++) {
		for (int col = 0; col < width; col++) {
			if (is_braille(c))
				draw_braille(p, c, row, col);
			else
				draw_block(p, c, row, col);
		}
	}
}

uint32_t
mg_plane_sample(const struct mg_canvas *c, const struct mg_plane_look *look)
{
	return is_braille(c) ? (uint32_t)BRAILLE + look->dots : look->full;
}
