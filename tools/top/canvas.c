/* SPDX-License-Identifier: MIT */
#include "tools/top/canvas.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/top/glyph.h"

int
mg_canvas_clear(struct mg_canvas *c, int width, int height)
{
	size_t n;

	c->width = width > 0 ? width : 0;
	c->height = height > 0 ? height : 0;
	c->cursor_row = -1;
	n = (size_t)c->width * (size_t)c->height;
	if (n > c->cap) {
		struct mg_cell *cells = realloc(c->cells, n * sizeof *cells);

		if (cells == NULL) {
			c->width = c->height = 0;
			return -ENOMEM;
		}
		c->cells = cells;
		c->cap = n;
	}
	for (size_t i = 0; i < n; i++)
		c->cells[i] = (struct mg_cell){ .glyph = ' ' };
	return 0;
}

void
mg_canvas_free(struct mg_canvas *c)
{
	free(c->cells);
	*c = (struct mg_canvas){ 0 };
}

static struct mg_cell *
cell_at(const struct mg_canvas *c, int row, int col)
{
	if (row < 0 || row >= c->height || col < 0 || col >= c->width)
		return NULL;
	return &c->cells[(size_t)row * (size_t)c->width + (size_t)col];
}

int
mg_canvas_glyph(struct mg_canvas *c, int row, int col, enum mg_style style, uint32_t glyph)
{
	struct mg_cell *cell = cell_at(c, row, col);

	if (cell != NULL)
		*cell = (struct mg_cell){ mg_glyph_printable(glyph, c->ascii), (uint8_t)style,
			cell->selected };
	return col + 1;
}

int
mg_canvas_put_n(struct mg_canvas *c, int row, int col, int n, enum mg_style style, const char *text)
{
	int end = n >= 0 && n < c->width - col ? col + n : c->width;

	while (*text != '\0' && col < end) {
		uint32_t glyph = mg_glyph_printable(mg_glyph_decode(&text), c->ascii);
		int w = mg_glyph_columns(glyph);

		if (w == 0)
			continue;
		if (col + w > end)
			break;
		mg_canvas_glyph(c, row, col, style, glyph);
		if (w == 2) {
			struct mg_cell *right = cell_at(c, row, col + 1);

			if (right != NULL)
				*right = (struct mg_cell){ 0, (uint8_t)style, right->selected };
		}
		col += w;
	}
	return col;
}

int
mg_canvas_put(struct mg_canvas *c, int row, int col, enum mg_style style, const char *text)
{
	return mg_canvas_put_n(c, row, col, -1, style, text);
}

int
mg_canvas_put_cut(
    struct mg_canvas *c, int row, int col, int n, enum mg_style style, const char *text)
{
	int end = col + (n < c->width - col ? n : c->width - col), blank = 0;

	if (mg_canvas_width(c, text) <= end - col)
		return mg_canvas_put(c, row, col, style, text);
	mg_canvas_put_n(c, row, col, end - col, style, text);
	for (int x = col; x < end; x++) {
		const struct mg_cell *cell = cell_at(c, row, x);

		if (cell != NULL && cell->glyph == ' ')
			blank = x;
		if (cell != NULL && cell->glyph == '|' && x + 1 < end)
			blank = x + 1;
	}
	/* A word at the very start that fills most of the room is better cut than left out. */
	if (blank - col < (end - col) / 2)
		blank = end - 1;
	for (int x = blank; x < end; x++)
		mg_canvas_glyph(c, row, x, style, ' ');
	mg_canvas_glyph(c, row, blank, style, 0x2026);
	return blank + 1;
}

int
mg_canvas_put_right(
    struct mg_canvas *c, int row, int col, int n, enum mg_style style, const char *text)
{
	int w = mg_canvas_width(c, text);

	mg_canvas_put_n(c, row, w < n ? col + n - w : col, n, style, text);
	return col + n;
}

/* Bytes of a text that go into one row: whole words, or what there is room for of a long one. */
static size_t
row_bytes(const struct mg_canvas *c, const char *text, int width)
{
	const char *p = text;
	size_t words = 0;
	int used = 0;

	while (*p != '\0') {
		const char *from = p;

		used += mg_glyph_columns(mg_glyph_printable(mg_glyph_decode(&p), c->ascii));
		if (used > width)
			return words > 0 ? words : (size_t)(from - text);
		if (*p == ' ' || *p == '\0')
			words = (size_t)(p - text);
	}
	return words;
}

int
mg_canvas_put_wrapped(struct mg_canvas *c, struct mg_pane at, enum mg_style style, const char *text)
{
	int rows = 0;

	while (rows < at.height && *text != '\0') {
		size_t n = row_bytes(c, text, at.width);
		char part[512];

		if (rows + 1 == at.height || n == 0 || n >= sizeof part) {
			mg_canvas_put_cut(c, at.row + rows++, at.col, at.width, style, text);
			break;
		}
		snprintf(part, sizeof part, "%.*s", (int)n, text);
		mg_canvas_put(c, at.row + rows++, at.col, style, part);
		text += n;
		text += strspn(text, " ");
	}
	return rows;
}

int
mg_canvas_field(struct mg_canvas *c, int row, int col, const char *name, const char *value)
{
	if (col + mg_canvas_width(c, name) + 1 + mg_canvas_width(c, value) > c->width)
		return col;
	col = mg_canvas_put(c, row, col, MG_STYLE_DIM, name);
	return mg_canvas_put(c, row, col + 1, MG_STYLE_PLAIN, value) + 2;
}

int
mg_canvas_print(struct mg_canvas *c, int row, int col, enum mg_style style, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return mg_canvas_put(c, row, col, style, text);
}

void
mg_canvas_paint(struct mg_canvas *c, int row, int col, int n, enum mg_style style)
{
	for (int i = 0; i < n; i++) {
		struct mg_cell *cell = cell_at(c, row, col + i);

		if (cell != NULL)
			cell->style = (uint8_t)style;
	}
}

void
mg_canvas_select(struct mg_canvas *c, int row, int col, int n)
{
	for (int i = 0; i < n; i++) {
		struct mg_cell *cell = cell_at(c, row, col + i);

		if (cell != NULL)
			cell->selected = true;
	}
}

int
mg_canvas_width(const struct mg_canvas *c, const char *text)
{
	int n = 0;

	while (*text != '\0')
		n += mg_glyph_columns(mg_glyph_printable(mg_glyph_decode(&text), c->ascii));
	return n;
}

size_t
mg_canvas_row_text(const struct mg_canvas *c, int row, char *buf, size_t cap)
{
	size_t len = 0, solid = 0;

	if (cap == 0)
		return 0;
	for (int i = 0; i < c->width; i++) {
		const struct mg_cell *cell = cell_at(c, row, i);
		char bytes[5];
		size_t n;

		if (cell == NULL || cell->glyph == 0)
			continue;
		n = mg_glyph_encode(cell->glyph, bytes);
		if (len + n >= cap)
			break;
		memcpy(buf + len, bytes, n);
		len += n;
		if (cell->glyph != ' ')
			solid = len;
	}
	buf[solid] = '\0';
	return solid;
}
