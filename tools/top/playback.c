/* SPDX-License-Identifier: MIT */
#include "tools/top/playback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/sys.h"

static uint64_t
now_ns(const struct mg_player *p)
{
	return p->now_ms * MG_NS_PER_MS;
}

static void
tell_health(const struct mg_player *p, struct mg_model *m, const struct mg_track *t)
{
	mg_model_health(m, t->pid, t->name, t->health, now_ns(p));
	if (t->user[0] != '\0')
		mg_model_kin(m, t->pid, t->parent_pid, t->user, t->is_of_another);
}

static void
tell_stats(const struct mg_player *p, struct mg_model *m, const struct mg_track *t)
{
	char text[8192];
	size_t n = (size_t)snprintf(text, sizeof text, "ok\n");

	for (size_t i = 0; i < MG_REPLY_STATS && n < sizeof text; i++) {
		const struct mg_stat *stat = &mg_snapshot_stats[i];

		if (!t->stats.has[i])
			continue;
		if (stat->kind == MG_STAT_LABEL)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s %s\n", stat->name,
			    mg_snapshot_label(&t->stats.values, stat));
		else
			n += (size_t)snprintf(text + n, sizeof text - n, "%s %lu\n", stat->name,
			    (unsigned long)mg_snapshot_number(&t->stats.values, stat));
	}
	mg_model_reply(m, t->pid, MG_ASK_STATS, 0, text, now_ns(p));
}

/* The number that is word `at` of a line moves on with the time. */
static void
print_aged(FILE *f, char *line, int at, int64_t by)
{
	char *rest = line;
	uint64_t v;

	for (int i = 0; i < at; i++)
		fprintf(f, "%s ", mg_reply_word(&rest));
	line = mg_reply_word(&rest);
	if (mg_text_parse_u64(line, &v) == 0)
		fprintf(f, "%lu %s\n",
		    (unsigned long)(by < 0 && v < (uint64_t)-by ? 0 : v + (uint64_t)by), rest);
	else
		fprintf(f, "%s %s\n", line, rest);
}

static void
tell_text(const struct mg_player *p, struct mg_model *m, const struct mg_track *t, enum mg_ask ask)
{
	int64_t age = (int64_t)(p->now_ms - t->reply_ms[ask]);
	char *copy = strdup(t->replies[ask]), *rest = copy, *text = NULL, *line;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (f != NULL && copy != NULL) {
		fputs("ok\n", f);
		while ((line = mg_reply_line(&rest)) != NULL) {
			if (ask == MG_ASK_EVENTS)
				print_aged(f, line, 0, age);
			else if (ask == MG_ASK_POLICIES)
				print_aged(f, line, 1, -age);
			else
				fprintf(f, "%s\n", line);
		}
	}
	if (f != NULL && fclose(f) == 0 && copy != NULL)
		mg_model_reply(m, t->pid, ask, 0, text, now_ns(p));
	free(text);
	free(copy);
}

static void
tell_history(const struct mg_player *p, struct mg_model *m, const struct mg_track *t)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (f == NULL)
		return;
	fputs("ok\n# age_ms heap_footprint_bytes live_bytes cached_bytes parked_bytes rss_bytes "
	      "returned_bytes allocs frees\n",
	    f);
	for (size_t i = 0; i < t->n_points; i++) {
		const struct mg_reply_point *v = &t->points[i];

		fprintf(f, "%lu %lu %lu %lu %lu %lu %lu %lu %lu\n",
		    (unsigned long)(p->now_ms > v->age_ms ? p->now_ms - v->age_ms : 0),
		    (unsigned long)v->heap_footprint_bytes, (unsigned long)v->live_bytes,
		    (unsigned long)v->cached_bytes, (unsigned long)v->parked_bytes,
		    (unsigned long)v->rss_bytes, (unsigned long)v->returned_bytes,
		    (unsigned long)v->allocs, (unsigned long)v->frees);
	}
	if (fclose(f) == 0)
		mg_model_reply(m, t->pid, MG_ASK_HISTORY, 0, text, now_ns(p));
	free(text);
}

void
mg_playback_focus(const struct mg_player *p, struct mg_model *m, int pid)
{
	const struct mg_track *t = mg_player_find(p, pid);

	if (t == NULL)
		return;
	for (enum mg_ask ask = MG_ASK_POLICIES; ask < MG_ASKS; ask++)
		if (t->replies[ask] != NULL)
			tell_text(p, m, t, ask);
	tell_history(p, m, t);
}

void
mg_playback_tell(struct mg_player *p, struct mg_model *m)
{
	if (p->has_machine)
		mg_model_machine(m, &p->machine);
	for (size_t i = 0; i < p->n; i++) {
		struct mg_track *t = p->list[i];
		bool is_focus = t->pid == m->detail->pid;

		if (t->health_is_new)
			tell_health(p, m, t);
		if (t->stats_are_new && mg_procs_find(&m->procs, t->pid) != NULL)
			tell_stats(p, m, t);
		for (enum mg_ask ask = MG_ASK_POLICIES; ask < MG_ASKS; ask++)
			if (is_focus && t->replies[ask] != NULL &&
			    (t->replies_are_new || (t->stats_are_new && ask != MG_ASK_PROFILE &&
						       ask != MG_ASK_CONFIG)))
				tell_text(p, m, t, ask);
		if (is_focus && t->stats_are_new)
			tell_history(p, m, t);
		t->health_is_new = t->stats_are_new = t->replies_are_new = false;
	}
}

void
mg_playback_tell_all(struct mg_player *p, struct mg_model *m)
{
	int focus = m->detail->pid;

	if (p->has_machine)
		mg_model_machine(m, &p->machine);
	mg_procs_free(&m->procs);
	mg_table_update(&m->table, &m->procs);
	for (size_t i = 0; i < p->n; i++) {
		struct mg_track *t = p->list[i];

		if (t->health == MG_HEALTH_ENDED)
			continue;
		tell_health(p, m, t);
		if (!t->has_stats)
			continue;
		tell_stats(p, m, t);
		tell_history(p, m, t);
		t->health_is_new = t->stats_are_new = t->replies_are_new = false;
	}
	if (focus != 0)
		mg_playback_focus(p, m, focus);
}
