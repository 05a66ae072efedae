/* SPDX-License-Identifier: MIT */
/* Keys and what they do, from keys.def. Which code a terminal sends for a key is the view's
 * business. */
#ifndef MG_KEYS_H
#define MG_KEYS_H

#include <stddef.h>

/* Above every character. */
enum mg_key {
	MG_KEY_NONE = 0,
	MG_KEY_BACKSPACE = 0x110000,
	MG_KEY_ENTER,
	MG_KEY_ESC,
	MG_KEY_TAB,
	MG_KEY_BACK_TAB,
	MG_KEY_UP,
	MG_KEY_DOWN,
	MG_KEY_LEFT,
	MG_KEY_RIGHT,
	MG_KEY_PAGE_UP,
	MG_KEY_PAGE_DOWN,
	MG_KEY_HOME,
	MG_KEY_END,
	MG_KEY_CLEAR_LINE, /* Ctrl-U */
	MG_KEY_SHIFT_UP,
	MG_KEY_SHIFT_DOWN,
	MG_KEY_F1,
	MG_KEY_F2,
	MG_KEY_F3,
	MG_KEY_F4,
	MG_KEY_F5,
	MG_KEY_F10,
	MG_KEY_MOUSE, /* what it did is in struct mg_mouse */
	MG_KEY_OTHER, /* that nothing is bound to, and the news of a resize */
};

enum mg_keys_action {
	MG_KEYS_NOTHING,
	MG_KEYS_UP,
	MG_KEYS_DOWN,
	MG_KEYS_PAGE_UP,
	MG_KEYS_PAGE_DOWN,
	MG_KEYS_HOME,
	MG_KEYS_END,
	MG_KEYS_LEFT,
	MG_KEYS_RIGHT,
	MG_KEYS_NEXT_PART,
	MG_KEYS_PREV_PART,
	MG_KEYS_OPEN,
	MG_KEYS_SITES,
	MG_KEYS_EDIT,
	MG_KEYS_COMPACT,
	MG_KEYS_COMPACT_HARD,
	MG_KEYS_ZOOM_OUT,
	MG_KEYS_ZOOM_IN,
	MG_KEYS_SORT_LEFT,
	MG_KEYS_SORT_RIGHT,
	MG_KEYS_REVERSE,
	MG_KEYS_COLUMNS,
	MG_KEYS_TREE,
	MG_KEYS_FOLD,
	MG_KEYS_UNFOLD,
	MG_KEYS_SEARCH,
	MG_KEYS_SEARCH_NEXT,
	MG_KEYS_SEARCH_PREV,
	MG_KEYS_FILTER,
	MG_KEYS_DELAY,
	MG_KEYS_PAUSE,
	MG_KEYS_STEP_BACK,
	MG_KEYS_STEP,
	MG_KEYS_LEAP_BACK,
	MG_KEYS_LEAP,
	MG_KEYS_SLOWER,
	MG_KEYS_FASTER,
	MG_KEYS_GO_TO,
	MG_KEYS_HELP,
	MG_KEYS_BACK,
	MG_KEYS_QUIT,
};

struct mg_keys_row {
	int key;             /* MG_KEY_NONE: the title of a group, in `help` */
	const char *printed; /* "" for a further key of an action, and for a title */
	enum mg_keys_action action;
	const char *help;
};
extern const struct mg_keys_row mg_keys[];
extern const size_t mg_keys_count;

enum mg_keys_action mg_keys_find(int key);

/* The row that shows an action; NULL when none does. */
const struct mg_keys_row *mg_keys_row_of(enum mg_keys_action action);

/* Behind MG_KEY_MOUSE. */
enum mg_mouse_kind { MG_MOUSE_CLICK, MG_MOUSE_WHEEL_UP, MG_MOUSE_WHEEL_DOWN };
struct mg_mouse {
	enum mg_mouse_kind kind;
	int row, col; /* of the screen, from 0 */
};

#endif
