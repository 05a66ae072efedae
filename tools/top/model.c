/* SPDX-License-Identifier: MIT */
#include "tools/top/model.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "tools/common/human.h"
#include "tools/common/users.h"

#define MESSAGE_NS (8 * MG_NS_PER_S)

int
mg_model_init(struct mg_model *m)
{
	*m = (struct mg_model){ 0 };
	mg_table_init(&m->table);
	m->detail = calloc(1, sizeof *m->detail);
	return m->detail != NULL ? 0 : -ENOMEM;
}

void
mg_model_free(struct mg_model *m)
{
	mg_procs_free(&m->procs);
	mg_table_free(&m->table);
	mg_detail_close(m->detail);
	free(m->detail);
}

void
mg_model_machine(struct mg_model *m, const struct mg_machine *machine)
{
	m->machine = *machine;
}

void
mg_model_health(
    struct mg_model *m, int pid, const char *name, enum mg_health health, uint64_t now_ns)
{
	mg_procs_health(&m->procs, pid, name, health, now_ns);
	/* It may be gone already, and the table must not hold on to it. */
	if (health == MG_HEALTH_ENDED)
		mg_table_update(&m->table, &m->procs);
	if (health == MG_HEALTH_ENDED && pid == m->command_pid && m->command[0] != '\0') {
		mg_model_say(m, now_ns, MG_STYLE_BAD, "%d has ended before it answered to '%s'",
		    pid, m->command);
		m->command[0] = '\0';
	}
}

void
mg_model_kin(struct mg_model *m, int pid, int parent_pid, const char *user, bool is_of_another)
{
	mg_procs_kin(&m->procs, pid, parent_pid, user, is_of_another);
}

void
mg_model_say(struct mg_model *m, uint64_t now_ns, enum mg_style style, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m->message, sizeof m->message, fmt, ap);
	va_end(ap);
	m->message_style = style;
	m->message_until_ns = now_ns + MESSAGE_NS;
}

static void
say_compacted(struct mg_model *m, char *body, uint64_t now)
{
	uint64_t yield, took;
	char came[16], span[16];
	struct mg_text t;

	if (!mg_reply_parse_compact(body, &yield, &took)) {
		mg_model_say(m, now, MG_STYLE_GOOD, "%d was compacted", m->command_pid);
		return;
	}
	mg_text_init(&t, came, sizeof came);
	mg_text_add_human(&t, yield);
	mg_text_init(&t, span, sizeof span);
	mg_human_add_span(&t, took / MG_NS_PER_MS);
	mg_model_say(m, now, MG_STYLE_GOOD, "%d was compacted: %s came back in %s", m->command_pid,
	    came, span);
}

/* What was typed is kept where it was refused, to be put right. */
static void
edit_again(struct mg_model *m)
{
	const char *name = m->command + 4, *value = strchr(name, ' ');

	if (strncmp(m->command, "set ", 4) != 0 || value == NULL || m->input != MG_MODEL_NO_INPUT ||
	    m->page != MG_MODEL_DETAIL || m->detail->pid != m->command_pid)
		return;
	snprintf(m->setting, sizeof m->setting, "%.*s", (int)(value - name), name);
	snprintf(m->typed, sizeof m->typed, "%s", value + 1);
	m->input = MG_MODEL_EDIT;
}

static void
take_command_reply(struct mg_model *m, int result, char *body, uint64_t now)
{
	if (result == -EREMOTEIO) {
		mg_model_say(m, now, MG_STYLE_BAD, "%d refuses: %s", m->command_pid, body);
		edit_again(m);
	} else if (result == -ETIME)
		mg_model_say(
		    m, now, MG_STYLE_BAD, "%d does not answer to '%s'", m->command_pid, m->command);
	else if (result != 0)
		mg_model_say(m, now, MG_STYLE_BAD, "%d: %s failed: %s", m->command_pid, m->command,
		    strerror(-result));
	else if (strncmp(m->command, "compact", 7) == 0)
		say_compacted(m, body, now);
	else
		mg_model_say(m, now, MG_STYLE_GOOD, "%d: %s", m->command_pid, m->command);
	m->command[0] = '\0';
}

/* A page wants every point; for a row of the table the newest are enough. */
static void
take_history(struct mg_model *m, int pid, int result, char *body)
{
	struct mg_reply_point points[MG_PROCS_TREND];
	const struct mg_proc *p = mg_procs_find(&m->procs, pid);
	bool is_new = p != NULL && p->n_trend <= 1;

	if (pid == m->detail->pid) {
		mg_detail_reply(m->detail, MG_ASK_HISTORY, result, body);
		if (is_new)
			mg_procs_history(
			    &m->procs, pid, m->detail->points, m->detail->n_points, m->step_ns);
	} else if (is_new && result == 0) {
		mg_procs_history(&m->procs, pid, points,
		    mg_reply_parse_history(body, points, MG_PROCS_TREND), m->step_ns);
	}
}

void
mg_model_reply(
    struct mg_model *m, int pid, enum mg_ask ask, int result, char *text, uint64_t now_ns)
{
	char *body = text;

	if (result == 0)
		result = mg_reply_open(text, &body);
	if (result == -EPROTO)
		body = strcpy(text, "");
	if (ask == MG_ASK_COMMAND)
		take_command_reply(m, result, body, now_ns);
	else if (ask == MG_ASK_STATS && result == 0)
		mg_procs_stats(&m->procs, pid, body, now_ns);
	else if (ask == MG_ASK_HISTORY && (result == 0 || result == -EREMOTEIO))
		take_history(m, pid, result, body);
	else if (pid == m->detail->pid && (result == 0 || result == -EREMOTEIO))
		mg_detail_reply(m->detail, ask, result, body);
	else if (pid == m->detail->pid && ask == MG_ASK_PROFILE)
		mg_detail_reply(m->detail, ask, result, strerror(-result));
}

bool
mg_model_wants_profile(const struct mg_model *m)
{
	return m->page == MG_MODEL_DETAIL && m->detail->part == MG_DETAIL_PART_SITES;
}

bool
mg_model_is_behind(const struct mg_model *m)
{
	return mg_model_wants_profile(m) && m->detail->sites.is_behind;
}

void
mg_model_name(struct mg_model *m, uint64_t until_ns)
{
	if (mg_model_is_behind(m))
		mg_detail_name(m->detail, until_ns);
}

void
mg_model_settle(struct mg_model *m, uint64_t now_ns)
{
	mg_procs_prune(&m->procs, m->page == MG_MODEL_DETAIL ? m->detail->pid : 0, now_ns);
	mg_table_update(&m->table, &m->procs);
}

struct mg_proc *
mg_model_current(const struct mg_model *m)
{
	return mg_procs_find(
	    &m->procs, m->page == MG_MODEL_DETAIL ? m->detail->pid : m->table.selected_pid);
}

static void
take_reply(
    void *context, const struct mg_peer *p, enum mg_ask ask, int result, char *text, uint64_t now)
{
	mg_model_reply(context, p->socket.pid, ask, result, text, now);
}

static void
take_health(void *context, const struct mg_peer *p, uint64_t now)
{
	mg_model_health(context, p->socket.pid, p->process.name, p->health, now);
	mg_model_kin(
	    context, p->socket.pid, p->parent_pid, mg_users_name(p->uid), p->uid != geteuid());
}

struct mg_fleet_sink
mg_model_sink(struct mg_model *m)
{
	return (struct mg_fleet_sink){ m, take_reply, take_health };
}
