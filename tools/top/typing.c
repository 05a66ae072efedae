/* SPDX-License-Identifier: MIT */
#include "tools/top/typing.h"

#include <stdio.h>
#include <string.h>

#include "tools/top/glyph.h"
#include "tools/top/keys.h"
#include "tools/top/toprc.h"

void
mg_typing_begin_search(struct mg_model *m)
{
	m->typed[0] = '\0';
	m->searched_from = m->table.selected_pid;
	m->search_missed = false;
	m->input = MG_MODEL_SEARCH;
}

void
mg_typing_begin_filter(struct mg_model *m)
{
	snprintf(m->typed, sizeof m->typed, "%s", m->table.filter);
	m->input = MG_MODEL_FILTER;
}

void
mg_typing_begin_delay(struct mg_model *m)
{
	struct mg_text t;

	mg_text_init(&t, m->typed, sizeof m->typed);
	mg_text_add_duration(&t, m->step_ns);
	m->input = MG_MODEL_DELAY;
}

void
mg_typing_begin_edit(struct mg_model *m, const char *setting, const char *value)
{
	snprintf(m->setting, sizeof m->setting, "%s", setting);
	snprintf(m->typed, sizeof m->typed, "%s", value);
	m->input = MG_MODEL_EDIT;
}

/* Back to where the search began, if that is still there. */
static size_t
search_start(const struct mg_model *m)
{
	for (size_t i = 0; i < m->table.n; i++)
		if (m->table.rows[i]->pid == m->searched_from)
			return i;
	return m->table.selected;
}

static void
search(struct mg_model *m)
{
	struct mg_table *t = &m->table;
	size_t from = search_start(m);

	snprintf(t->search, sizeof t->search, "%.*s", (int)sizeof t->search - 1, m->typed);
	if (t->n == 0)
		return;
	m->search_missed = m->typed[0] != '\0' && !mg_table_search(t, from, 1);
	if (m->typed[0] == '\0' || m->search_missed)
		mg_table_select(t, from);
}

static void
set_delay(struct mg_model *m, uint64_t now)
{
	if (mg_toprc_parse_interval(m->typed, &m->step_ns))
		return;
	mg_model_say(m, now, MG_STYLE_WARN,
	    "'%s' is not accepted; type a time from 100ms to 1h, as 2s", m->typed);
	m->input = MG_MODEL_DELAY;
}

static bool
end_line(struct mg_model *m, bool accept, char command_out[MG_CLIENT_REQUEST_BYTES], uint64_t now)
{
	enum mg_model_input was = m->input;

	m->input = MG_MODEL_NO_INPUT;
	if (was == MG_MODEL_FILTER && !accept)
		m->table.filter[0] = '\0';
	if (was == MG_MODEL_SEARCH && !accept && m->table.n > 0)
		mg_table_select(&m->table, search_start(m));
	if (was == MG_MODEL_DELAY && accept)
		set_delay(m, now);
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
mg_typing_key(
    struct mg_model *m, int key, char command_out[MG_CLIENT_REQUEST_BYTES], uint64_t now_ns)
{
	switch (key) {
	case MG_KEY_ENTER: return end_line(m, true, command_out, now_ns);
	case MG_KEY_ESC: return end_line(m, false, command_out, now_ns);
	case MG_KEY_BACKSPACE: rub_out(m->typed); break;
	case MG_KEY_CLEAR_LINE: m->typed[0] = '\0'; break;
	default: add_character(m, key); break;
	}
	if (m->input == MG_MODEL_SEARCH)
		search(m);
	if (m->input == MG_MODEL_FILTER) {
		snprintf(m->table.filter, sizeof m->table.filter, "%.*s",
		    (int)sizeof m->table.filter - 1, m->typed);
		mg_table_update(&m->table, &m->procs);
	}
	return false;
}
