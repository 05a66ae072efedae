/* SPDX-License-Identifier: MIT */
#include "tools/top/typing.h"

#include <stdio.h>
#include <string.h>

#include "tools/top/glyph.h"
#include "tools/top/keys.h"

void
mg_typing_begin_filter(struct mg_model *m)
{
	snprintf(m->typed, sizeof m->typed, "%s", m->table.filter);
	m->input = MG_MODEL_FILTER;
}

void
mg_typing_begin_edit(struct mg_model *m, const char *setting, const char *value)
{
	snprintf(m->setting, sizeof m->setting, "%s", setting);
	snprintf(m->typed, sizeof m->typed, "%s", value);
	m->input = MG_MODEL_EDIT;
}

static bool
end_line(struct mg_model *m, bool accept, char command_out[MG_CLIENT_REQUEST_BYTES])
{
	enum mg_model_input was = m->input;

	m->input = MG_MODEL_NO_INPUT;
	if (was == MG_MODEL_FILTER && !accept)
		m->table.filter[0] = '\0';
	mg_table_update(&m->table, &m->procs);
	if (was != MG_MODEL_EDIT || !accept)
		return false;
	snprintf(command_out, MG_CLIENT_REQUEST_BYTES, "set %s %s", m->setting, m->typed);
	return true;
}

/* Removes the last character, however many bytes it has. */
static void
rub_out(char *text)
{
	size_t n = strlen(text);

	while (n > 0 && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
		n--;
	text[n > 0 ? n - 1 : 0] = '\0';
}

static void
add_character(struct mg_model *m, int key)
{
	char bytes[5];

	if (key < ' ' || key >= MG_KEY_BACKSPACE)
		return;
	if (strlen(m->typed) + mg_glyph_encode((uint32_t)key, bytes) < sizeof m->typed)
		strcat(m->typed, bytes);
}

bool
mg_typing_key(struct mg_model *m, int key, char command_out[MG_CLIENT_REQUEST_BYTES])
{
	switch (key) {
	case MG_KEY_ENTER: return end_line(m, true, command_out);
	case MG_KEY_ESC: return end_line(m, false, command_out);
	case MG_KEY_BACKSPACE: rub_out(m->typed); break;
	case MG_KEY_CLEAR_LINE: m->typed[0] = '\0'; break;
	default: add_character(m, key); break;
	}
	if (m->input == MG_MODEL_FILTER) {
		snprintf(m->table.filter, sizeof m->table.filter, "%.*s",
		    (int)sizeof m->table.filter - 1, m->typed);
		mg_table_update(&m->table, &m->procs);
	}
	return false;
}
