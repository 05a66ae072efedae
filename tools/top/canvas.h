/* SPDX-License-Identifier: MIT */
/*
 * A screen of character cells, drawn without a terminal: the view copies it to curses, --once
 * prints it, tests read it. Text is UTF-8; what does not fit is clipped. In a locale without UTF-8,
 * `ascii` is set and every glyph has a plain stand-in. Pure but for wcwidth().
 */
#ifndef MG_CANVAS_H
#define MG_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a cell means; the view chooses colours and attributes. */
enum mg_style {
	MG_STYLE_PLAIN,
	MG_STYLE_DIM,
	MG_STYLE_STRONG,
	MG_STYLE_HEADING,
	MG_STYLE_TITLE, /* of a group */
	MG_STYLE_KEY,
	MG_STYLE_GOOD,
	MG_STYLE_WARN,
	MG_STYLE_BAD,
	MG_STYLE_LIVE,
	MG_STYLE_CACHED,
	MG_STYLE_PARKED,
	MG_STYLE_LINE, /* a curve over areas */
	MG_STYLES
};

struct mg_cell {
	uint32_t glyph; /* 0: right half of a wide character */
	uint8_t style;
	bool selected;
};

/* All zero is an empty one. */
struct mg_canvas {
	int width, height;
	bool ascii;
	bool no_braille;            /* the font has none, as that of a console */
	int cursor_row, cursor_col; /* of the text that is being typed; row -1 without one */
	struct mg_cell *cells;
	size_t cap;
};

/* A part of it. */
struct mg_pane {
	int row, col, height, width;
};

/* Blank, in a new size. 0 or -ENOMEM, and then it is 0 x 0. */
int mg_canvas_clear(struct mg_canvas *c, int width, int height);
void mg_canvas_free(struct mg_canvas *c);

/* Each returns the column behind what it drew. `n` limits the columns; -1: the rest of the row. */
int mg_canvas_put(struct mg_canvas *c, int row, int col, enum mg_style style, const char *text);
int mg_canvas_put_n(
    struct mg_canvas *c, int row, int col, int n, enum mg_style style, const char *text);
/* As put_n; text that is too long ends in "...", as one glyph, behind a whole word, or one of
 * "a|b|c", where that leaves enough of it. */
int mg_canvas_put_cut(
    struct mg_canvas *c, int row, int col, int n, enum mg_style style, const char *text);
int mg_canvas_put_right(
    struct mg_canvas *c, int row, int col, int n, enum mg_style style, const char *text);
/* In the rows of the pane, broken between words; what does not fit is cut. Returns the rows. */
int mg_canvas_put_wrapped(
    struct mg_canvas *c, struct mg_pane at, enum mg_style style, const char *text);
/* "Name value" and room behind it; nothing when it does not fit as a whole. */
int mg_canvas_field(struct mg_canvas *c, int row, int col, const char *name, const char *value);
int mg_canvas_glyph(struct mg_canvas *c, int row, int col, enum mg_style style, uint32_t glyph);
__attribute__((format(printf, 5, 6))) int mg_canvas_print(
    struct mg_canvas *c, int row, int col, enum mg_style style, const char *fmt, ...);

/* Gives n cells a style, or marks them as selected, whatever is drawn there. */
void mg_canvas_paint(struct mg_canvas *c, int row, int col, int n, enum mg_style style);
void mg_canvas_select(struct mg_canvas *c, int row, int col, int n);

/* Columns that a text takes. */
int mg_canvas_width(const struct mg_canvas *c, const char *text);

/* The row as UTF-8, without blanks at its end; cap as for snprintf. Returns the bytes written. */
size_t mg_canvas_row_text(const struct mg_canvas *c, int row, char *buf, size_t cap);

#endif
