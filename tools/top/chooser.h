/* SPDX-License-Identifier: MIT */
/* The page on which columns are chosen and put in order, with the table above as it will be. Pure.
 */
#ifndef MG_CHOOSER_H
#define MG_CHOOSER_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/top/table.h"

/* All zero is closed. */
struct mg_chooser {
	bool is_open;
	size_t cursor, top;
	enum mg_column_id order[MG_COLUMN_IDS]; /* those that are shown first */
	bool shown[MG_COLUMN_IDS];              /* by id */
	struct mg_layout_choice before;
	int row; /* of its title, as it was drawn last */
};

/* Begins with what is on the screen now. */
void mg_chooser_open(struct mg_chooser *ch, const struct mg_table *t);

/* A key, which acts on the table at once. Enter keeps what it has come to, Esc what was before. */
void mg_chooser_key(struct mg_chooser *ch, struct mg_table *t, int key);

/* Into rows row..row+height-1. */
void mg_chooser_draw(struct mg_chooser *ch, struct mg_canvas *c, int row, int height);

/* What its keys do, in one line; and the key that a word of this line is about, MG_KEY_NONE: none.
 */
void mg_chooser_draw_keys(struct mg_canvas *c, int row);
int mg_chooser_find_key(const char *word);

/* Shows the column in this row of the screen, or hides it. */
void mg_chooser_click(struct mg_chooser *ch, struct mg_table *t, int row);

#endif
