/* SPDX-License-Identifier: MIT */
#include "tools/top/chooser.h"

#include <string.h>

#include "tools/top/keys.h"

#define BOX_COL 1
#define TITLE_COL 5
#define HELP_COL 14

void
mg_chooser_open(struct mg_chooser *ch, const struct mg_table *t)
{
	size_t n = 0;

	*ch = (struct mg_chooser){ .is_open = true, .before = t->choice };
	/* One's own choice is kept as a whole, also what has no room on this screen. */
	for (; n < t->choice.n; n++)
		ch->order[n] = t->choice.ids[n];
	for (; t->choice.n == 0 && n < t->layout.n; n++)
		ch->order[n] = t->layout.shown[n].id;
	for (size_t i = 0; i < n; i++)
		ch->shown[ch->order[i]] = true;
	for (enum mg_column_id id = 0; id < MG_COLUMN_IDS; id++)
		if (!ch->shown[id])
			ch->order[n++] = id;
}

static void
apply(const struct mg_chooser *ch, struct mg_table *t)
{
	t->choice.n = 0;
	for (size_t i = 0; i < MG_COLUMN_IDS; i++)
		if (ch->shown[ch->order[i]])
			t->choice.ids[t->choice.n++] = ch->order[i];
}

static void
toggle(struct mg_chooser *ch, struct mg_table *t)
{
	enum mg_column_id id = ch->order[ch->cursor];

	/* A row without a name says nothing. */
	if (id != MG_COLUMN_ID_command)
		ch->shown[id] = !ch->shown[id];
	apply(ch, t);
}

static void
shift(struct mg_chooser *ch, struct mg_table *t, bool down)
{
	size_t to = down ? ch->cursor + 1 : ch->cursor - 1;
	enum mg_column_id id = ch->order[ch->cursor];

	if ((!down && ch->cursor == 0) || to == MG_COLUMN_IDS)
		return;
	ch->order[ch->cursor] = ch->order[to];
	ch->order[to] = id;
	ch->cursor = to;
	apply(ch, t);
}

static void
move(struct mg_chooser *ch, long by)
{
	long to = (long)ch->cursor + by;

	ch->cursor = (size_t)(to < 0 ? 0 : to >= MG_COLUMN_IDS ? MG_COLUMN_IDS - 1 : to);
}

void
mg_chooser_key(struct mg_chooser *ch, struct mg_table *t, int key)
{
	switch (key) {
	case MG_KEY_UP:
	case 'k': move(ch, -1); break;
	case MG_KEY_DOWN:
	case 'j': move(ch, 1); break;
	case MG_KEY_PAGE_UP: move(ch, -10); break;
	case MG_KEY_PAGE_DOWN: move(ch, 10); break;
	case MG_KEY_HOME: move(ch, -MG_COLUMN_IDS); break;
	case MG_KEY_END: move(ch, MG_COLUMN_IDS); break;
	case ' ': toggle(ch, t); break;
	case MG_KEY_SHIFT_UP:
	case '<': shift(ch, t, false); break;
	case MG_KEY_SHIFT_DOWN:
	case '>': shift(ch, t, true); break;
	case 'a':
		t->choice.n = 0;
		ch->is_open = false;
		break;
	case MG_KEY_ESC:
	case 'q':
		t->choice = ch->before;
		ch->is_open = false;
		break;
	case MG_KEY_ENTER: ch->is_open = false; break;
	default: break;
	}
}

void
mg_chooser_click(struct mg_chooser *ch, struct mg_table *t, int row)
{
	size_t at = ch->top + (size_t)(row - ch->row - 1);

	if (row <= ch->row || at >= MG_COLUMN_IDS)
		return;
	ch->cursor = at;
	toggle(ch, t);
}

static void
draw_line(const struct mg_chooser *ch, size_t at, struct mg_canvas *c, int row)
{
	enum mg_column_id id = ch->order[at];
	enum mg_style style = ch->shown[id] ? MG_STYLE_STRONG : MG_STYLE_PLAIN;

	mg_canvas_put(c, row, BOX_COL, ch->shown[id] ? MG_STYLE_GOOD : MG_STYLE_DIM,
	    ch->shown[id] ? "[x]" : "[ ]");
	mg_canvas_put(c, row, TITLE_COL, style, mg_columns_title(id));
	mg_canvas_put_cut(c, row, HELP_COL, c->width - HELP_COL,
	    ch->shown[id] ? MG_STYLE_PLAIN : MG_STYLE_DIM, mg_columns_help(id));
	if (at == ch->cursor)
		mg_canvas_select(c, row, 0, c->width);
}

void
mg_chooser_draw(struct mg_chooser *ch, struct mg_canvas *c, int row, int height)
{
	size_t rows = height > 1 ? (size_t)height - 1 : 0;

	ch->row = row;
	if (height < 1)
		return;
	mg_canvas_paint(c, row, 0, c->width, MG_STYLE_HEADING);
	mg_canvas_put(c, row, 1, MG_STYLE_HEADING, "Columns, from left to right");
	if (ch->cursor < ch->top)
		ch->top = ch->cursor;
	if (rows > 0 && ch->cursor >= ch->top + rows)
		ch->top = ch->cursor - rows + 1;
	if (ch->top + rows > MG_COLUMN_IDS)
		ch->top = MG_COLUMN_IDS > rows ? MG_COLUMN_IDS - rows : 0;
	for (size_t i = 0; i < rows && ch->top + i < MG_COLUMN_IDS; i++)
		draw_line(ch, ch->top + i, c, row + 1 + (int)i);
}

static const struct {
	int key;
	const char *printed, *what;
} keys[] = {
	{ ' ', "Space", "Show" },
	{ '<', "<", "Left" },
	{ '>', ">", "Right" },
	{ 'a', "a", "Automatic" },
	{ MG_KEY_ENTER, "Enter", "Keep" },
	{ MG_KEY_ESC, "Esc", "Undo" },
};

void
mg_chooser_draw_keys(struct mg_canvas *c, int row)
{
	int col = 0;

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		if (col + (int)(strlen(keys[i].printed) + 1 + strlen(keys[i].what)) > c->width)
			return;
		col = mg_canvas_put(c, row, col, MG_STYLE_KEY, keys[i].printed) + 1;
		col = mg_canvas_put(c, row, col, MG_STYLE_PLAIN, keys[i].what) + 2;
	}
}

int
mg_chooser_find_key(const char *word)
{
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (strcmp(word, keys[i].printed) == 0 || strcmp(word, keys[i].what) == 0)
			return keys[i].key;
	return MG_KEY_NONE;
}
