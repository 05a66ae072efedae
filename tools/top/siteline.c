/* SPDX-License-Identifier: MIT */
#include "tools/top/siteline.h"

#include <stdio.h>
#include <string.h>

#include "tools/common/stacks.h"

#define ELLIPSIS 0x2026
/* A shorter piece of a file's name says nothing. */
#define FILE_MIN 4
#define TEXT_BYTES 1024

static int
draw_name(struct mg_canvas *c, int row, int col, int n, enum mg_style style, const char *name)
{
	const char *rest = name, *next;

	while (mg_canvas_width(c, rest) + (rest > name) > n && (next = strstr(rest, "::")) != NULL)
		rest = next + 2;
	if (rest > name) {
		col = mg_canvas_glyph(c, row, col, style, ELLIPSIS);
		n--;
	}
	return mg_canvas_put_cut(c, row, col, n, style, rest);
}

int
mg_siteline_draw(const struct mg_symbols_line *l, struct mg_canvas *c, int row, int col, int n,
    enum mg_style style)
{
	struct mg_symbols_line nowhere = *l;
	char text[TEXT_BYTES], line[16] = "";
	int room;

	mg_stacks_print_line(l, text, sizeof text);
	if (mg_canvas_width(c, text) <= n)
		return mg_canvas_put(c, row, col, style, text);
	nowhere.file = NULL;
	mg_stacks_print_line(&nowhere, text, sizeof text);
	if (l->line != 0)
		snprintf(line, sizeof line, ":%d", l->line);
	room = n - mg_canvas_width(c, text) - (int)strlen(line) - 3;
	if (l->file == NULL || room < FILE_MIN)
		return draw_name(c, row, col, n, style, text);
	col = mg_canvas_put(c, row, col, style, text);
	col = mg_canvas_put(c, row, col, style, " (");
	col = mg_canvas_put_cut(c, row, col, room, style, l->file);
	return mg_canvas_print(c, row, col, style, "%s)", line);
}
