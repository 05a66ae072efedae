/* SPDX-License-Identifier: MIT */
#include "tools/serve/board.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mg_board_process *
mg_board_find(const struct mg_board *b, int pid)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->list[i].socket.pid == pid)
			return &b->list[i];
	return NULL;
}

static struct mg_board_process *
insert(struct mg_board *b, int pid)
{
	size_t at = 0;

	if (b->n == b->cap) {
		size_t cap = b->cap > 0 ? b->cap * 2 : 16;
		struct mg_board_process *list = reallocarray(b->list, cap, sizeof *list);

		if (list == NULL)
			return NULL;
		b->list = list;
		b->cap = cap;
	}
	while (at < b->n && b->list[at].socket.pid < pid)
		at++;
	memmove(&b->list[at + 1], &b->list[at], (b->n - at) * sizeof b->list[0]);
	b->n++;
	return &b->list[at];
}

/* As the process itself will tell it: it must not seem to change its name. */
static void
take_name(struct mg_board_process *q, const char *name)
{
	snprintf(q->name, sizeof q->name, "%s", name[0] != '\0' ? name : "?");
	for (char *c = q->name; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
}

void
mg_board_health(struct mg_board *b, const struct mg_peer *p, const char *user, uint64_t now_ns)
{
	struct mg_board_process *q = mg_board_find(b, p->socket.pid);

	/* One that is new with an id that was known has executed another program. */
	if (q == NULL || p->health == MG_HEALTH_NEW) {
		q = q != NULL ? q : insert(b, p->socket.pid);
		if (q == NULL)
			return;
		*q = (struct mg_board_process){ .socket = p->socket };
		snprintf(q->user, sizeof q->user, "%s", user);
		take_name(q, p->process.name);
	}
	q->health = p->health;
	if (p->health == MG_HEALTH_ENDED)
		q->ended_ns = now_ns;
}

void
mg_board_stats(struct mg_board *b, int pid, char *body, uint64_t at_ms)
{
	struct mg_board_process *q = mg_board_find(b, pid);

	if (q == NULL)
		return;
	mg_reply_parse_stats(body, &q->stats);
	q->has_stats = true;
	q->at_ms = at_ms;
	if (q->stats.has[MG_REPLY_STAT_command])
		snprintf(q->name, sizeof q->name, "%s", q->stats.values.command);
}

void
mg_board_prune(struct mg_board *b, uint64_t now_ns)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		const struct mg_board_process *p = &b->list[i];

		if (p->health != MG_HEALTH_ENDED || now_ns - p->ended_ns < MG_BOARD_ENDED_NS)
			b->list[n++] = b->list[i];
	}
	b->n = n;
}

int
mg_board_copy(const struct mg_board *b, struct mg_board *out)
{
	*out = (struct mg_board){ 0 };
	if (b->n == 0)
		return 0;
	out->list = reallocarray(NULL, b->n, sizeof b->list[0]);
	if (out->list == NULL)
		return -ENOMEM;
	memcpy(out->list, b->list, b->n * sizeof b->list[0]);
	out->n = out->cap = b->n;
	return 0;
}

void
mg_board_free(struct mg_board *b)
{
	free(b->list);
	*b = (struct mg_board){ 0 };
}

const char *
mg_board_health_name(enum mg_health health)
{
	static const char *const names[] = {
		[MG_HEALTH_NEW] = "new",
		[MG_HEALTH_ANSWERS] = "answers",
		[MG_HEALTH_STOPPED] = "stopped",
		[MG_HEALTH_SILENT] = "silent",
		[MG_HEALTH_ENDED] = "ended",
	};

	return names[health];
}

bool
mg_board_is_up(const struct mg_board_process *p)
{
	return p->health == MG_HEALTH_NEW || p->health == MG_HEALTH_ANSWERS;
}
