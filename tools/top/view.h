/* SPDX-License-Identifier: MIT */
/* The terminal: the only file that knows curses. Copies a canvas to the screen and turns key codes
 * into enum mg_key. */
#ifndef MG_VIEW_H
#define MG_VIEW_H

#include <stdbool.h>

#include "tools/top/canvas.h"
#include "tools/top/keys.h"

/* Takes over the terminal. 0, or -ENOTTY when there is none that curses can drive; then nothing has
 * been changed. */
int mg_view_open(bool colour, bool mouse);

/* Gives the terminal back as it was. May be called twice, and from a handler of a fatal signal. */
void mg_view_close(void);

void mg_view_size(int *width, int *height);
void mg_view_draw(const struct mg_canvas *c);

/* The next key that waits: a character or one of enum mg_key; MG_KEY_NONE when none does. Fills
 * `mouse` for MG_KEY_MOUSE. */
int mg_view_key(struct mg_mouse *mouse);

#endif
