/* SPDX-License-Identifier: MIT */
#include "tools/top/player.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/top/recline.h"

#define POINT_EVERY_MS 900
#define NO_STAT MG_REPLY_STATS
#define REPLY_BYTES (16u << 20)
#define TRACKS 100000

struct mg_track *
mg_player_find(const struct mg_player *p, int pid)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->list[i]->pid == pid)
			return p->list[i];
	return NULL;
}

static struct mg_track *
find_or_add(struct mg_player *p, int pid)
{
	struct mg_track *t = mg_player_find(p, pid);

	if (t != NULL)
		return t;
	if (p->n == p->cap) {
		size_t cap = p->cap > 0 ? p->cap * 2 : 32;
		struct mg_track **list = realloc(p->list, cap * sizeof(void *));

		if (list == NULL)
			return NULL;
		p->list = list;
		p->cap = cap;
	}
	t = p->n < TRACKS ? calloc(1, sizeof *t) : NULL;
	if (t == NULL)
		return NULL;
	t->pid = pid;
	return p->list[p->n++] = t;
}

static void
free_track(struct mg_track *t)
{
	for (size_t i = 0; i < MG_ASKS; i++)
		free(t->replies[i]);
	free(t->points);
	free(t);
}

static void
forget_all(struct mg_player *p)
{
	p->replying = NULL;
	for (size_t i = 0; i < p->n; i++)
		free_track(p->list[i]);
	p->n = 0;
}

void
mg_player_free(struct mg_player *p)
{
	forget_all(p);
	free(p->list);
	free(p->text);
	*p = (struct mg_player){ 0 };
}

/* A session ends what was seen before it: nobody watched in between. */
static int
take_session(struct mg_player *p, const struct mg_recline *l)
{
	if (l->number != MG_RECLINE_VERSION)
		return -ENOTSUP;
	p->has_session = true;
	p->n_names = 0;
	for (size_t i = 0; i < p->n; i++) {
		p->list[i]->has_stats = false;
		p->list[i]->health = MG_HEALTH_ENDED;
		p->list[i]->health_is_new = true;
	}
	return 0;
}

static int
take_names(struct mg_player *p, const struct mg_recline *l)
{
	char *rest = l->rest;

	for (p->n_names = 0; *rest != '\0' && p->n_names < MG_PLAYER_NAMES; p->n_names++) {
		const char *name = mg_reply_word(&rest);
		size_t i = 0;

		while (i < MG_REPLY_STATS && strcmp(mg_snapshot_stats[i].name, name) != 0)
			i++;
		p->stat_of[p->n_names] = i;
	}
	return *rest == '\0' ? 0 : -EINVAL;
}

static int
take_health(struct mg_player *p, const struct mg_recline *l)
{
	struct mg_track *t = find_or_add(p, l->pid);

	if (t == NULL)
		return -ENOMEM;
	/* The same number again, after an end, is another process. */
	if (t->health == MG_HEALTH_ENDED) {
		t->has_stats = false;
		t->n_points = 0;
	}
	t->health = l->health;
	t->health_is_new = true;
	snprintf(t->name, sizeof t->name, "%s", l->rest);
	mg_recline_unescape(t->name);
	return 0;
}

static int
take_kin(struct mg_player *p, const struct mg_recline *l)
{
	struct mg_track *t = find_or_add(p, l->pid);

	if (t == NULL)
		return -ENOMEM;
	t->parent_pid = l->parent_pid;
	t->is_of_another = l->is_of_another;
	t->health_is_new = true;
	snprintf(t->user, sizeof t->user, "%s", l->rest);
	mg_recline_unescape(t->user);
	return 0;
}

static int
apply(struct mg_track *t, size_t i, const struct mg_recline_change *change)
{
	const struct mg_stat *stat = &mg_snapshot_stats[i];
	char *at = (char *)&t->stats.values + stat->offset;
	char line[512];
	uint64_t v;

	if (change->how == '=') {
		snprintf(line, sizeof line, "%s %s", stat->name, change->value);
		if (mg_snapshot_parse_line(&t->stats.values, line) == NULL)
			return -EINVAL;
	} else if (stat->kind == MG_STAT_LABEL || !t->stats.has[i]) {
		return -EINVAL;
	} else {
		memcpy(&v, at, sizeof v);
		v = change->how == '+' ? v + change->by : v - change->by;
		memcpy(at, &v, sizeof v);
	}
	t->stats.has[i] = true;
	return 0;
}

/* Every other point of the older half goes when there is no more room. */
static struct mg_reply_point *
next_point(struct mg_track *t)
{
	size_t half = MG_PLAYER_POINTS / 2;

	if (t->points == NULL)
		t->points = malloc(MG_PLAYER_POINTS * sizeof *t->points);
	if (t->points == NULL)
		return NULL;
	if (t->n_points == MG_PLAYER_POINTS) {
		for (size_t i = 0; i < half / 2; i++)
			t->points[i] = t->points[i * 2];
		memmove(t->points + half / 2, t->points + half, half * sizeof *t->points);
		t->n_points -= half / 2;
	}
	return &t->points[t->n_points++];
}

static void
add_point(struct mg_track *t, uint64_t now_ms)
{
	const struct mg_snapshot *s = &t->stats.values;
	struct mg_reply_point *point;

	if (t->n_points > 0 && now_ms < t->points[t->n_points - 1].age_ms + POINT_EVERY_MS)
		return;
	point = next_point(t);
	if (point != NULL)
		*point = (struct mg_reply_point){ .age_ms = now_ms,
			.heap_footprint_bytes = s->heap_footprint_bytes,
			.live_bytes = s->live_bytes,
			.cached_bytes = s->cached_bytes,
			.parked_bytes = s->parked_bytes,
			.rss_bytes = s->rss_bytes,
			.returned_bytes = s->returned_bytes,
			.allocs = s->allocs,
			.frees = s->frees };
}

static void
let_time_pass(struct mg_track *t, uint64_t elapsed_ms)
{
	for (size_t i = 0; i < MG_REPLY_STATS; i++) {
		char *at = (char *)&t->stats.values + mg_snapshot_stats[i].offset;
		uint64_t v;

		if (mg_snapshot_stats[i].unit != MG_UNIT_MS || !t->stats.has[i])
			continue;
		memcpy(&v, at, sizeof v);
		v += elapsed_ms;
		memcpy(at, &v, sizeof v);
	}
}

static int
take_stats(struct mg_player *p, struct mg_recline *l)
{
	struct mg_track *t = find_or_add(p, l->pid);
	struct mg_recline_change change;
	int got;

	if (t == NULL)
		return -ENOMEM;
	if (t->has_stats)
		let_time_pass(t, p->now_ms - t->stats_ms);
	else
		t->stats = (struct mg_reply_stats){ 0 };
	while ((got = mg_recline_change(&l->rest, &change)) == 1) {
		size_t i = change.stat < p->n_names ? p->stat_of[change.stat] : NO_STAT;

		if (i != NO_STAT && apply(t, i, &change) != 0)
			return -EINVAL;
	}
	t->has_stats = t->stats_are_new = true;
	t->stats_ms = p->now_ms;
	add_point(t, p->now_ms);
	return got;
}

/* The history that a process had of itself when it was first asked, put before what was seen. */
static void
take_history(struct mg_player *p, struct mg_track *t, char *text)
{
	struct mg_reply_point *points = malloc(MG_PLAYER_POINTS * sizeof *points);
	size_t n = 0, kept;
	uint64_t first = t->n_points > 0 ? t->points[0].age_ms : UINT64_MAX;

	if (points == NULL)
		return;
	kept = mg_reply_parse_history(text, points, MG_PLAYER_POINTS);
	for (size_t i = 0; i < kept; i++) {
		points[i].age_ms = p->now_ms > points[i].age_ms ? p->now_ms - points[i].age_ms : 0;
		if (points[i].age_ms < first)
			points[n++] = points[i];
	}
	for (size_t i = 0; i < t->n_points && n < MG_PLAYER_POINTS; i++)
		points[n++] = t->points[i];
	free(t->points);
	t->points = points;
	t->n_points = n;
}

void
mg_player_pause(struct mg_player *p)
{
	struct mg_track *t = p->replying;

	p->replying = NULL;
	if (t == NULL || p->text == NULL)
		return;
	if (p->ask == MG_ASK_HISTORY) {
		take_history(p, t, p->text);
		return;
	}
	free(t->replies[p->ask]);
	t->replies[p->ask] = strdup(p->text);
	t->reply_ms[p->ask] = p->now_ms;
	t->replies_are_new = true;
}

static int
begin_reply(struct mg_player *p, const struct mg_recline *l)
{
	struct mg_track *t = find_or_add(p, l->pid);

	if (t == NULL)
		return -ENOMEM;
	p->ask = l->ask;
	p->replying = l->ask < MG_ASKS ? t : NULL;
	p->text_len = 0;
	if (p->text != NULL)
		p->text[0] = '\0';
	return 0;
}

static int
add_text(struct mg_player *p, const char *text)
{
	size_t n = strlen(text), needed = p->text_len + n + 2;

	if (p->replying == NULL)
		return 0;
	if (needed > REPLY_BYTES)
		return -EINVAL;
	if (needed > p->text_cap) {
		char *bigger = realloc(p->text, needed * 2);

		if (bigger == NULL)
			return -ENOMEM;
		p->text = bigger;
		p->text_cap = needed * 2;
	}
	memcpy(p->text + p->text_len, text, n);
	p->text_len += n;
	p->text[p->text_len++] = '\n';
	p->text[p->text_len] = '\0';
	return 0;
}

int
mg_player_take(struct mg_player *p, char *line)
{
	struct mg_recline l;

	if (mg_recline_parse(line, &l) != 0)
		return -EINVAL;
	if (l.kind == MG_RECLINE_TEXT)
		return add_text(p, l.rest);
	mg_player_pause(p);
	if (!p->has_session && l.kind != MG_RECLINE_SESSION)
		return -EINVAL;
	switch (l.kind) {
	case MG_RECLINE_SESSION: return take_session(p, &l);
	case MG_RECLINE_NAMES: return take_names(p, &l);
	case MG_RECLINE_TIME: p->now_ms = l.number > p->now_ms ? l.number : p->now_ms; return 0;
	case MG_RECLINE_MACHINE:
		p->machine = l.machine;
		p->has_machine = true;
		return 0;
	case MG_RECLINE_HEALTH: return take_health(p, &l);
	case MG_RECLINE_KIN: return take_kin(p, &l);
	case MG_RECLINE_STATS: return take_stats(p, &l);
	case MG_RECLINE_REPLY: return begin_reply(p, &l);
	default: return 0;
	}
}
