/* SPDX-License-Identifier: MIT */
#include "tools/top/view.h"

#include <curses.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <term.h>
#include <unistd.h>
#include <wchar.h>

#include "tools/top/keys.h"

/* How long ncurses waits behind an Esc for the rest of a key's sequence. */
#define ESC_DELAY_MS 25

/* Each style has an attribute too: colour is never the only signal, and there may be none. The
 * second colour is that on the ground of a selected row, of 256. */
static const struct {
	short colour; /* -1: the terminal's own */
	short selected;
	attr_t attr;
} looks[MG_STYLES] = {
	[MG_STYLE_PLAIN] = { -1, 255, A_NORMAL },
	[MG_STYLE_DIM] = { -1, 250, A_DIM },
	[MG_STYLE_STRONG] = { -1, 231, A_BOLD },
	[MG_STYLE_HEADING] = { -1, 255, A_REVERSE },
	[MG_STYLE_TITLE] = { COLOR_GREEN, 157, A_BOLD },
	[MG_STYLE_KEY] = { COLOR_CYAN, 159, A_BOLD },
	[MG_STYLE_GOOD] = { COLOR_GREEN, 157, A_NORMAL },
	[MG_STYLE_WARN] = { COLOR_YELLOW, 229, A_BOLD },
	[MG_STYLE_BAD] = { COLOR_RED, 217, A_BOLD },
	[MG_STYLE_LIVE] = { COLOR_GREEN, 114, A_NORMAL },
	[MG_STYLE_CACHED] = { COLOR_CYAN, 80, A_NORMAL },
	[MG_STYLE_PARKED] = { COLOR_YELLOW, 179, A_NORMAL },
	[MG_STYLE_LINE] = { COLOR_MAGENTA, 219, A_BOLD },
};
#define SELECTED_GROUND 24 /* a dark blue */

static const struct {
	int code;
	enum mg_key key;
} codes[] = {
	{ KEY_UP, MG_KEY_UP },
	{ KEY_DOWN, MG_KEY_DOWN },
	{ KEY_LEFT, MG_KEY_LEFT },
	{ KEY_RIGHT, MG_KEY_RIGHT },
	{ KEY_PPAGE, MG_KEY_PAGE_UP },
	{ KEY_NPAGE, MG_KEY_PAGE_DOWN },
	{ KEY_HOME, MG_KEY_HOME },
	{ KEY_END, MG_KEY_END },
	{ KEY_BTAB, MG_KEY_BACK_TAB },
	{ KEY_ENTER, MG_KEY_ENTER },
	{ KEY_BACKSPACE, MG_KEY_BACKSPACE },
	{ KEY_SR, MG_KEY_SHIFT_UP },
	{ KEY_SF, MG_KEY_SHIFT_DOWN },
	{ KEY_F(1), MG_KEY_F1 },
	{ KEY_F(2), MG_KEY_F2 },
	{ KEY_F(3), MG_KEY_F3 },
	{ KEY_F(4), MG_KEY_F4 },
	{ KEY_F(5), MG_KEY_F5 },
	{ KEY_F(10), MG_KEY_F10 },
};

static SCREEN *screen;
static bool has_colour;

/* A terminal on which nothing can be put anywhere, as TERM=dumb says, is none. */
static bool
can_draw(void)
{
	int err;
	const char *cup;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    setupterm(NULL, STDOUT_FILENO, &err) != OK)
		return false;
	cup = tigetstr("cup");
	return cup != NULL && cup != (const char *)-1;
}

/* One ground all along the row. Of few colours none is readable on each other one, so the row has
 * two. */
static void
open_selected(void)
{
	bool has_many = COLORS >= 256 && COLOR_PAIRS > 2 * MG_STYLES;

	for (int i = 0; i < MG_STYLES && COLOR_PAIRS > 2 * MG_STYLES; i++)
		init_pair((short)(MG_STYLES + i + 1), has_many ? looks[i].selected : COLOR_BLACK,
		    has_many ? SELECTED_GROUND : COLOR_CYAN);
}

int
mg_view_open(bool colour, bool mouse)
{
	/* newterm() answers where initscr() would exit. */
	screen = can_draw() ? newterm(NULL, stdout, stdin) : NULL;
	if (screen == NULL)
		return -ENOTTY;
	set_term(screen);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESC_DELAY_MS);
	curs_set(0);
	if (mouse) {
		/* A press is enough: no waiting whether a second one follows. */
		mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
		mouseinterval(0);
	}
	has_colour = colour && has_colors() && start_color() == OK;
	if (!has_colour)
		return 0;
	use_default_colors();
	for (int i = 0; i < MG_STYLES; i++)
		init_pair((short)(i + 1), looks[i].colour, -1);
	open_selected();
	return 0;
}

void
mg_view_close(void)
{
	if (screen == NULL)
		return;
	screen = NULL;
	endwin();
}

void
mg_view_size(int *width, int *height)
{
	*width = COLS;
	*height = LINES;
}

/* On the ground of a selected row dim is a colour of its own. */
static void
use_look(const struct mg_cell *cell)
{
	bool is_ground = cell->selected && has_colour && COLOR_PAIRS > 2 * MG_STYLES;
	attr_t a = looks[cell->style].attr;

	if (is_ground)
		attr_set(COLORS >= 256 ? a & ~(A_DIM | A_REVERSE) : A_NORMAL,
		    (short)(MG_STYLES + cell->style + 1), NULL);
	else if (cell->selected)
		attr_set((a | A_REVERSE) & ~A_DIM, 0, NULL);
	else
		attr_set(a, has_colour ? (short)(cell->style + 1) : 0, NULL);
}

/* A terminal without dim or bold shows the same text; one without colour loses nothing that is not
 * also in a glyph. */
static void
draw_run(const struct mg_cell *cells, int n)
{
	wchar_t text[512];
	size_t len = 0;

	for (int i = 0; i < n && len < sizeof text / sizeof text[0] - 1; i++)
		if (cells[i].glyph != 0)
			text[len++] = (wchar_t)cells[i].glyph;
	text[len] = L'\0';
	use_look(cells);
	addwstr(text);
}

static bool
is_alike(const struct mg_cell *a, const struct mg_cell *b)
{
	return a->style == b->style && a->selected == b->selected;
}

void
mg_view_draw(const struct mg_canvas *c)
{
	erase();
	for (int row = 0; row < c->height; row++) {
		const struct mg_cell *cells = c->cells + (size_t)row * (size_t)c->width;
		int from = 0;

		move(row, 0);
		for (int i = 1; i <= c->width; i++) {
			if (i < c->width && is_alike(&cells[i], &cells[from]) && i - from < 500)
				continue;
			draw_run(cells + from, i - from);
			from = i;
		}
	}
	attr_set(A_NORMAL, 0, NULL);
	curs_set(c->cursor_row >= 0);
	if (c->cursor_row >= 0)
		move(c->cursor_row, c->cursor_col < c->width ? c->cursor_col : c->width - 1);
	refresh();
}

static int
control_key(wint_t ch)
{
	switch (ch) {
	case '\r':
	case '\n': return MG_KEY_ENTER;
	case '\t': return MG_KEY_TAB;
	case 27: return MG_KEY_ESC;
	case 8:
	case 127: return MG_KEY_BACKSPACE;
	case 21: return MG_KEY_CLEAR_LINE;
	default: return (int)ch;
	}
}

static int
mouse_key(struct mg_mouse *out)
{
	MEVENT e;

	if (getmouse(&e) != OK)
		return MG_KEY_OTHER;
	if ((e.bstate & (BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED)) == 0)
		return MG_KEY_OTHER;
	out->kind = (e.bstate & BUTTON4_PRESSED) != 0   ? MG_MOUSE_WHEEL_UP
		    : (e.bstate & BUTTON5_PRESSED) != 0 ? MG_MOUSE_WHEEL_DOWN
							: MG_MOUSE_CLICK;
	out->row = e.y;
	out->col = e.x;
	return MG_KEY_MOUSE;
}

int
mg_view_key(struct mg_mouse *mouse)
{
	wint_t ch;
	int kind = get_wch(&ch);

	if (kind == ERR)
		return MG_KEY_NONE;
	if (kind != KEY_CODE_YES)
		return control_key(ch);
	if (ch == KEY_MOUSE)
		return mouse_key(mouse);
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (codes[i].code == (int)ch)
			return (int)codes[i].key;
	/* Among them the resize, after which the size is another one, and that is all there is to
	 * do. */
	return MG_KEY_OTHER;
}
