/* SPDX-License-Identifier: MIT */
#include "tools/top/mouse.h"

#include <string.h>

#include "tools/top/parts.h"

#define WHEEL_ROWS 3
#define WORD_BYTES 32

static const struct mg_control_effect nothing = { .kind = MG_CONTROL_NOTHING };

static uint32_t
glyph_at(const struct mg_canvas *c, int row, int col)
{
	if (row < 0 || row >= c->height || col < 0 || col >= c->width)
		return ' ';
	return c->cells[row * c->width + col].glyph;
}

static bool
is_of_word(uint32_t glyph)
{
	return glyph > ' ' && glyph < 0x7f && glyph != '[' && glyph != ']';
}

/* The word that is at this place of the screen; empty when there is none. */
static void
word_at(const struct mg_canvas *c, int row, int col, char word[WORD_BYTES])
{
	size_t n = 0;

	while (is_of_word(glyph_at(c, row, col)) && is_of_word(glyph_at(c, row, col - 1)))
		col--;
	for (; n < WORD_BYTES - 1 && is_of_word(glyph_at(c, row, col)); col++)
		word[n++] = (char)glyph_at(c, row, col);
	word[n] = '\0';
}

/* The bottom line has keys, and the first words of what they do. */
static int
key_of(const char *word)
{
	for (size_t i = 0; i < mg_keys_count; i++) {
		const struct mg_keys_row *k = &mg_keys[i];
		size_t n = strcspn(k->help, " ,:.");

		if (k->printed[0] == '\0')
			continue;
		if (strcmp(word, k->printed) == 0 ||
		    (strlen(word) == n && strncmp(word, k->help, n) == 0))
			return k->key;
	}
	return MG_KEY_NONE;
}

static struct mg_control_effect
click_bottom(struct mg_model *m, const char *word, uint64_t now)
{
	int key = m->chooser.is_open ? mg_chooser_find_key(word) : key_of(word);

	return key != MG_KEY_NONE ? mg_control_key(m, key, now) : nothing;
}

static void
sort_by(struct mg_model *m, int col)
{
	const struct mg_layout_column *at = mg_layout_at(&m->table.layout, col);

	if (at == NULL)
		return;
	if (at->id == m->table.sort)
		m->table.descending = !m->table.descending;
	else
		mg_table_sort_by(&m->table, at->id);
	mg_table_update(&m->table, &m->procs);
}

static struct mg_control_effect
click_table(struct mg_model *m, const struct mg_mouse *mouse, uint64_t now)
{
	struct mg_table *t = &m->table;
	int line = mouse->row - t->row;
	size_t row = t->top + (size_t)(line - 1);

	if (line == 0)
		sort_by(m, mouse->col);
	if (line < 1 || line >= t->height || row >= t->n)
		return nothing;
	if (t->rows[row]->pid == t->selected_pid)
		return mg_control_key(m, MG_KEY_ENTER, now);
	mg_table_select(t, row);
	return nothing;
}

/* Titles of parts are headings, wherever the page has put them. */
static void
click_detail(
    struct mg_model *m, const struct mg_canvas *c, const struct mg_mouse *mouse, const char *word)
{
	if (c->cells[mouse->row * c->width + mouse->col].style != MG_STYLE_HEADING)
		return;
	for (int i = 0; i < MG_DETAIL_PARTS; i++)
		if (strcmp(word, mg_parts_title((enum mg_detail_part)i)) == 0)
			mg_detail_show(m->detail, (enum mg_detail_part)i);
}

static struct mg_control_effect
click(struct mg_model *m, const struct mg_canvas *c, const struct mg_mouse *mouse, uint64_t now)
{
	char word[WORD_BYTES];

	word_at(c, mouse->row, mouse->col, word);
	if (m->help)
		return mg_control_key(m, MG_KEY_ENTER, now);
	if (mouse->row == c->height - 1)
		return click_bottom(m, word, now);
	if (m->chooser.is_open)
		mg_chooser_click(&m->chooser, &m->table, mouse->row);
	else if (m->page == MG_MODEL_TABLE)
		return click_table(m, mouse, now);
	else
		click_detail(m, c, mouse, word);
	return nothing;
}

struct mg_control_effect
mg_mouse_act(
    struct mg_model *m, const struct mg_canvas *c, const struct mg_mouse *mouse, uint64_t now_ns)
{
	bool up = mouse->kind == MG_MOUSE_WHEEL_UP;

	if (m->input != MG_MODEL_NO_INPUT || mouse->row < 0 || mouse->row >= c->height ||
	    mouse->col < 0 || mouse->col >= c->width)
		return nothing;
	if (mouse->kind == MG_MOUSE_CLICK)
		return click(m, c, mouse, now_ns);
	for (int i = 0; i < (m->help ? 1 : WHEEL_ROWS); i++)
		mg_control_key(m, up ? MG_KEY_UP : MG_KEY_DOWN, now_ns);
	return nothing;
}
