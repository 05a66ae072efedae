/* SPDX-License-Identifier: MIT */
#include "tools/top/control.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "shim/tables/config.h"
#include "tools/top/help.h"
#include "tools/top/keys.h"
#include "tools/top/tablekeys.h"
#include "tools/top/typing.h"

static const struct mg_control_effect nothing = { .kind = MG_CONTROL_NOTHING };

static struct mg_control_effect
focus(int pid)
{
	return (struct mg_control_effect){ .kind = MG_CONTROL_FOCUS, .pid = pid };
}

static struct mg_control_effect
send(struct mg_model *m, int pid, const char *command)
{
	struct mg_control_effect e = { .kind = MG_CONTROL_COMMAND, .pid = pid };

	snprintf(e.text, sizeof e.text, "%s", command);
	snprintf(m->command, sizeof m->command, "%s", command);
	m->command_pid = pid;
	return e;
}

static bool
can_compact(struct mg_model *m, const struct mg_proc *p, uint64_t now)
{
	if (p == NULL)
		return false;
	if (p->health != MG_HEALTH_ANSWERS)
		mg_model_say(m, now, MG_STYLE_WARN, "%d is %s and cannot compact", p->pid,
		    mg_procs_state(p));
	return p->health == MG_HEALTH_ANSWERS;
}

static struct mg_control_effect
compact(struct mg_model *m, const struct mg_proc *p, const char *command, uint64_t now)
{
	if (!can_compact(m, p, now))
		return nothing;
	mg_model_say(m, now, MG_STYLE_PLAIN, "%d %s: compacting...", p->pid, mg_procs_command(p));
	return send(m, p->pid, command);
}

/* What is in swap makes the program wait when it is needed: not by a slip of the finger. */
static void
ask_to_compact(struct mg_model *m, uint64_t now)
{
	const struct mg_proc *p = mg_model_current(m);

	if (m->command[0] != '\0') {
		mg_model_say(m, now, MG_STYLE_WARN, "%d is still busy with the last command",
		    m->command_pid);
		return;
	}
	if (!can_compact(m, p, now))
		return;
	m->asks_to_compact = true;
	m->command_pid = p->pid;
}

static struct mg_control_effect
answer_compact(struct mg_model *m, int key, uint64_t now)
{
	m->asks_to_compact = false;
	if (key != 'y' && key != 'Y')
		return nothing;
	return compact(m, mg_procs_find(&m->procs, m->command_pid), "compact aggressive", now);
}

static void
begin_edit(struct mg_model *m, uint64_t now)
{
	const struct mg_detail_setting *s = mg_detail_selected(m->detail);
	const struct mg_option *o = s != NULL ? mg_config_find(s->name) : NULL;

	if (s == NULL) {
		mg_detail_show(m->detail, MG_DETAIL_PART_SETTINGS);
		return;
	}
	if (o != NULL && (o->flags & MG_OPT_RUNTIME) == 0) {
		mg_model_say(m, now, MG_STYLE_WARN,
		    "%s is read at start only: restart with %s=VALUE", o->name, o->env);
		return;
	}
	mg_typing_begin_edit(m, s->name, s->value);
}

static void
edit(struct mg_model *m, uint64_t now)
{
	if (m->page == MG_MODEL_DETAIL && mg_model_current(m) != NULL)
		begin_edit(m, now);
}

static struct mg_control_effect
open_current(struct mg_model *m, uint64_t now)
{
	const struct mg_proc *p = mg_model_current(m);

	if (p == NULL)
		return nothing;
	if (m->page == MG_MODEL_TABLE) {
		mg_table_select(&m->table, m->table.selected);
		mg_detail_open(m->detail, p->pid);
		m->page = MG_MODEL_DETAIL;
		return focus(p->pid);
	}
	if (m->detail->part == MG_DETAIL_PART_SITES)
		mg_detail_toggle_stack(m->detail);
	else
		begin_edit(m, now);
	return nothing;
}

static struct mg_control_effect
open_sites(struct mg_model *m, uint64_t now)
{
	struct mg_control_effect e = m->page == MG_MODEL_TABLE ? open_current(m, now) : nothing;

	if (m->page == MG_MODEL_DETAIL)
		mg_detail_show(m->detail, MG_DETAIL_PART_SITES);
	return e;
}

static struct mg_control_effect
go_back(struct mg_model *m, int key)
{
	if (m->page == MG_MODEL_DETAIL) {
		m->page = MG_MODEL_TABLE;
		mg_detail_close(m->detail);
		mg_table_update(&m->table, &m->procs);
		return focus(0);
	}
	if (key == MG_KEY_ESC && m->table.filter[0] != '\0') {
		m->table.filter[0] = '\0';
		mg_table_update(&m->table, &m->procs);
		return nothing;
	}
	return (struct mg_control_effect){ .kind = MG_CONTROL_QUIT };
}

static void
move(struct mg_model *m, long by)
{
	const struct mg_proc *p = mg_model_current(m);

	if (m->page == MG_MODEL_TABLE)
		mg_table_move(&m->table, by);
	else if (p != NULL)
		mg_detail_move(m->detail, p, by);
}

static long
page_rows(const struct mg_model *m)
{
	long rows = m->page == MG_MODEL_TABLE ? m->page_rows : (long)m->detail->page;

	return rows > 1 ? rows - 1 : 1;
}

static void
turn_part(struct mg_model *m, int by)
{
	if (m->page == MG_MODEL_DETAIL)
		mg_detail_show(m->detail,
		    (enum mg_detail_part)(
			((int)m->detail->part + MG_DETAIL_PARTS + by) % MG_DETAIL_PARTS));
}

static void
zoom(struct mg_model *m, int by)
{
	if (m->page == MG_MODEL_DETAIL)
		mg_detail_zoom(m->detail, by);
}

static struct mg_control_effect
act(struct mg_model *m, int key, uint64_t now)
{
	enum mg_keys_action action = mg_keys_find(key);

	if (m->page == MG_MODEL_TABLE && mg_tablekeys_act(m, action, now))
		return nothing;
	switch (action) {
	case MG_KEYS_UP: move(m, -1); break;
	case MG_KEYS_DOWN: move(m, 1); break;
	case MG_KEYS_PAGE_UP: move(m, -page_rows(m)); break;
	case MG_KEYS_PAGE_DOWN: move(m, page_rows(m)); break;
	case MG_KEYS_HOME: move(m, -INT_MAX); break;
	case MG_KEYS_END: move(m, INT_MAX); break;
	case MG_KEYS_LEFT:
	case MG_KEYS_PREV_PART: turn_part(m, -1); break;
	case MG_KEYS_RIGHT:
	case MG_KEYS_NEXT_PART: turn_part(m, 1); break;
	case MG_KEYS_DELAY: mg_typing_begin_delay(m); break;
	case MG_KEYS_PAUSE: m->paused = !m->paused; break;
	case MG_KEYS_HELP: mg_help_open(m); break;
	case MG_KEYS_OPEN: return open_current(m, now);
	case MG_KEYS_SITES: return open_sites(m, now);
	case MG_KEYS_EDIT: edit(m, now); break;
	case MG_KEYS_COMPACT: return compact(m, mg_model_current(m), "compact", now);
	case MG_KEYS_COMPACT_HARD: ask_to_compact(m, now); break;
	case MG_KEYS_ZOOM_OUT: zoom(m, 1); break;
	case MG_KEYS_ZOOM_IN: zoom(m, -1); break;
	case MG_KEYS_STEP_BACK:
	case MG_KEYS_STEP:
	case MG_KEYS_LEAP_BACK:
	case MG_KEYS_LEAP:
	case MG_KEYS_SLOWER:
	case MG_KEYS_FASTER:
	case MG_KEYS_GO_TO:
		mg_model_say(m, now, MG_STYLE_WARN,
		    "this is not a recording: memgov-top --replay FILE plays one");
		break;
	case MG_KEYS_BACK: return go_back(m, key);
	case MG_KEYS_QUIT: return (struct mg_control_effect){ .kind = MG_CONTROL_QUIT };
	default: break;
	}
	return nothing;
}

struct mg_control_effect
mg_control_key(struct mg_model *m, int key, uint64_t now_ns)
{
	char command[MG_CLIENT_REQUEST_BYTES];

	if (key == MG_KEY_OTHER)
		return nothing;
	if (m->asks_to_compact)
		return answer_compact(m, key, now_ns);
	if (m->input != MG_MODEL_NO_INPUT)
		return mg_typing_key(m, key, command, now_ns) ? send(m, m->detail->pid, command)
							      : nothing;
	/* A key has been pressed, so the message has been read; unless it is still about to be
	 * answered. */
	if (m->command[0] == '\0')
		m->message_until_ns = 0;
	if (m->chooser.is_open && mg_keys_find(key) != MG_KEYS_QUIT) {
		mg_chooser_key(&m->chooser, &m->table, key);
		return nothing;
	}
	if (m->help && mg_keys_find(key) != MG_KEYS_QUIT) {
		mg_help_key(m, key);
		return nothing;
	}
	return act(m, key, now_ns);
}
