/* SPDX-License-Identifier: MIT */
#include "tools/top/recorder.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/top/recline.h"

/* Profiles are large, and a reader wants to know who held the memory, not at which second. */
#define PROFILE_EVERY_MS 9000
#define COARSE 256
#define LINE_BYTES 8192

__attribute__((format(printf, 2, 3))) static void
print(struct mg_recorder *r, const char *fmt, ...)
{
	char line[LINE_BYTES];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	if (n > 0)
		r->write(r->context, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

static void
begin(struct mg_recorder *r)
{
	r->has_begun = true;
	print(r, "memgov-record %d\nnames", MG_RECLINE_VERSION);
	for (size_t i = 0; i < MG_REPLY_STATS; i++)
		print(r, " %s", mg_snapshot_stats[i].name);
	print(r, "\n");
}

static bool
is_much(uint64_t before, uint64_t now)
{
	uint64_t diff = before > now ? before - now : now - before;

	return diff > before / COARSE;
}

static bool
has_changed(const struct mg_machine *a, const struct mg_machine *b)
{
	return is_much(a->total_bytes, b->total_bytes) ||
	       is_much(a->available_bytes, b->available_bytes) ||
	       is_much(a->swap_free_bytes, b->swap_free_bytes) || a->has_stall != b->has_stall ||
	       a->stall_some != b->stall_some || a->stall_full != b->stall_full;
}

void
mg_recorder_round(struct mg_recorder *r, uint64_t now_ms, const struct mg_machine *machine)
{
	const struct mg_machine *m = machine;

	if (!r->has_begun)
		begin(r);
	/* A clock that was set back does not make time run backwards. */
	r->now_ms = now_ms > r->now_ms ? now_ms : r->now_ms;
	print(r, "time %lu\n", (unsigned long)r->now_ms);
	if (!has_changed(&r->machine, m))
		return;
	r->machine = *m;
	print(r, "machine %lu %lu %lu %lu", (unsigned long)m->total_bytes,
	    (unsigned long)m->available_bytes, (unsigned long)m->swap_total_bytes,
	    (unsigned long)m->swap_free_bytes);
	if (m->has_stall)
		print(r, " %u %u", m->stall_some, m->stall_full);
	print(r, "\n");
}

static struct mg_recorder_process *
find(struct mg_recorder *r, int pid)
{
	struct mg_recorder_process *p;

	for (size_t i = 0; i < r->n; i++)
		if (r->list[i]->pid == pid)
			return r->list[i];
	if (r->n == r->cap) {
		size_t cap = r->cap > 0 ? r->cap * 2 : 32;
		struct mg_recorder_process **list = realloc(r->list, cap * sizeof(void *));

		if (list == NULL)
			return NULL;
		r->list = list;
		r->cap = cap;
	}
	p = calloc(1, sizeof *p);
	if (p == NULL)
		return NULL;
	p->pid = pid;
	return r->list[r->n++] = p;
}

static void
forget(struct mg_recorder *r, int pid)
{
	for (size_t i = 0; i < r->n; i++) {
		if (r->list[i]->pid != pid)
			continue;
		free(r->list[i]);
		r->list[i] = r->list[--r->n];
		return;
	}
}

void
mg_recorder_health(struct mg_recorder *r, int pid, const char *name, enum mg_health health)
{
	char plain[64];

	if (!r->has_begun)
		return;
	mg_recline_escape(name, plain, sizeof plain);
	print(r, "health %d %s %s\n", pid, mg_recline_health(health), plain);
	if (health == MG_HEALTH_ENDED)
		forget(r, pid);
}

void
mg_recorder_kin(
    struct mg_recorder *r, int pid, int parent_pid, const char *user, bool is_of_another)
{
	char plain[64];

	if (!r->has_begun)
		return;
	mg_recline_escape(user, plain, sizeof plain);
	print(r, "kin %d %d %s %s\n", pid, parent_pid, is_of_another ? "other" : "own", plain);
}

static uint64_t *
number_of(struct mg_snapshot *s, const struct mg_stat *stat)
{
	return (uint64_t *)(void *)((char *)s + stat->offset);
}

/* What a reader knows without being told; see recline.h. */
static bool
is_known(const struct mg_stat *stat, uint64_t before, uint64_t now)
{
	if (stat->unit == MG_UNIT_MS)
		return (before > now ? before - now : now - before) <= MG_RECLINE_DRIFT_MS;
	if (strncmp(stat->name, "system_", 7) == 0)
		return !is_much(before, now);
	return before == now;
}

static void
write_change(
    struct mg_recorder *r, struct mg_recorder_process *p, struct mg_reply_stats *now, size_t i)
{
	const struct mg_stat *stat = &mg_snapshot_stats[i];
	bool has = p->has_stats && p->stats.has[i];
	uint64_t *before = number_of(&p->stats.values, stat), v;
	char text[512];

	p->stats.has[i] = true;
	if (stat->kind == MG_STAT_LABEL) {
		char *label = (char *)&p->stats.values + stat->offset;
		const char *new_label = mg_snapshot_label(&now->values, stat);

		if (has && strcmp(label, new_label) == 0)
			return;
		snprintf(label, stat->size, "%s", new_label);
		mg_recline_escape(new_label, text, sizeof text);
		print(r, " %zu=%s", i, text);
		return;
	}
	v = *number_of(&now->values, stat);
	if (has && is_known(stat, *before, v))
		return;
	if (!has || stat->unit == MG_UNIT_MS)
		print(r, " %zu=%lu", i, (unsigned long)v);
	else
		print(r, " %zu%c%lu", i, v > *before ? '+' : '-',
		    (unsigned long)(v > *before ? v - *before : *before - v));
	*before = v;
}

static void
take_stats(struct mg_recorder *r, int pid, char *body)
{
	struct mg_recorder_process *p = find(r, pid);
	struct mg_reply_stats now;

	if (p == NULL)
		return;
	mg_reply_parse_stats(body, &now);
	print(r, "stats %d", pid);
	for (size_t i = 0; i < MG_REPLY_STATS; i++) {
		if (p->has_stats && mg_snapshot_stats[i].unit == MG_UNIT_MS)
			*number_of(&p->stats.values, &mg_snapshot_stats[i]) += r->now_ms - p->at_ms;
		if (now.has[i])
			write_change(r, p, &now, i);
	}
	print(r, "\n");
	p->has_stats = true;
	p->at_ms = r->now_ms;
}

/* FNV-1a of a reply; of events without their ages, which change with the time alone. Never 0. */
static uint64_t
hash_of(enum mg_ask ask, const char *text)
{
	uint64_t h = 0xcbf29ce484222325;
	int word = 0, skipped = ask == MG_ASK_EVENTS ? 0 : -1;

	for (; *text != '\0'; text++) {
		if (word != skipped)
			h = (h ^ (unsigned char)*text) * 0x100000001b3;
		word = *text == '\n' ? 0 : *text == ' ' ? word + 1 : word;
	}
	return h | 1;
}

static bool
is_news(struct mg_recorder *r, struct mg_recorder_process *p, enum mg_ask ask, const char *text)
{
	uint64_t hash;

	if (ask == MG_ASK_HISTORY && p->hashes[ask] != 0)
		return false; /* a reader has made its own since */
	if (ask == MG_ASK_PROFILE) {
		if (r->now_ms < p->profile_ms)
			return false;
		p->profile_ms = r->now_ms + PROFILE_EVERY_MS;
	}
	hash = hash_of(ask, text);
	if (hash == p->hashes[ask])
		return false;
	p->hashes[ask] = hash;
	return true;
}

/* A line of a profile about the program itself: a reader of the recording has no process to ask. */
static void
write_program(struct mg_recorder *r, int pid, enum mg_ask ask, const char *line)
{
	size_t n = strlen(line);
	char path[PATH_MAX];

	if (ask != MG_ASK_PROFILE || r->program == NULL || n == 0 || line[n - 1] != ' ' ||
	    strncmp(line, "module ", 7) != 0)
		return;
	r->program(r->context, pid, path, sizeof path);
	r->write(r->context, path, strlen(path));
}

static void
take_text(struct mg_recorder *r, int pid, enum mg_ask ask, char *body)
{
	struct mg_recorder_process *p = find(r, pid);
	char *line;

	if (p == NULL || !is_news(r, p, ask, body))
		return;
	print(r, "reply %d %s\n", pid, mg_recline_ask(ask));
	while ((line = mg_reply_line(&body)) != NULL) {
		r->write(r->context, "|", 1);
		r->write(r->context, line, strlen(line));
		write_program(r, pid, ask, line);
		r->write(r->context, "\n", 1);
	}
}

void
mg_recorder_reply(struct mg_recorder *r, int pid, enum mg_ask ask, const char *text)
{
	char *copy, *body;

	if (!r->has_begun || ask == MG_ASK_COMMAND || (copy = strdup(text)) == NULL)
		return;
	if (mg_reply_open(copy, &body) == 0) {
		if (ask == MG_ASK_STATS)
			take_stats(r, pid, body);
		else
			take_text(r, pid, ask, body);
	}
	free(copy);
}

void
mg_recorder_free(struct mg_recorder *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->list[i]);
	free(r->list);
	r->list = NULL;
	r->n = r->cap = 0;
}
