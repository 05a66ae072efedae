/* SPDX-License-Identifier: MIT */
#include "tools/top/procs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/sys.h"

#define ENDED_SHOWN_NS (5 * MG_NS_PER_S)
#define PICTURE 40 /* points that a history of any length is shown in */

struct mg_proc *
mg_procs_find(const struct mg_procs *p, int pid)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->list[i]->pid == pid)
			return p->list[i];
	return NULL;
}

static struct mg_proc *
add_proc(struct mg_procs *p, int pid)
{
	struct mg_proc *proc;

	if (p->n == p->cap) {
		size_t cap = p->cap > 0 ? p->cap * 2 : 32;
		struct mg_proc **list = realloc(p->list, cap * sizeof(struct mg_proc *));

		if (list == NULL)
			return NULL;
		p->list = list;
		p->cap = cap;
	}
	proc = calloc(1, sizeof *proc);
	if (proc == NULL)
		return NULL;
	proc->pid = pid;
	p->list[p->n++] = proc;
	return proc;
}

static void
drop_proc(struct mg_procs *p, struct mg_proc *proc)
{
	size_t i = 0;

	while (p->list[i] != proc)
		i++;
	memmove(p->list + i, p->list + i + 1, (--p->n - i) * sizeof(struct mg_proc *));
	free(proc);
}

void
mg_procs_health(
    struct mg_procs *p, int pid, const char *name, enum mg_health health, uint64_t now_ns)
{
	struct mg_proc *proc = mg_procs_find(p, pid);

	if (proc == NULL)
		proc = add_proc(p, pid);
	if (proc == NULL)
		return;
	if (name[0] != '\0')
		snprintf(proc->name, sizeof proc->name, "%s", name);
	/* A socket that a dead process left behind is no process that has ended while we looked. */
	if (health == MG_HEALTH_ENDED && !proc->has_stats) {
		drop_proc(p, proc);
		return;
	}
	proc->health = health;
	proc->ended_ns = health == MG_HEALTH_ENDED ? now_ns : 0;
	if (health != MG_HEALTH_ANSWERS)
		proc->has_rates = false;
}

void
mg_procs_kin(struct mg_procs *p, int pid, int parent_pid, const char *user, bool is_of_another)
{
	struct mg_proc *proc = mg_procs_find(p, pid);

	if (proc == NULL)
		return;
	proc->parent_pid = parent_pid;
	proc->is_of_another = is_of_another;
	snprintf(proc->user, sizeof proc->user, "%s", user);
}

static void
add_trend(struct mg_proc *p, uint64_t footprint)
{
	if (p->n_trend == MG_PROCS_TREND)
		memmove(p->trend, p->trend + 1, --p->n_trend * sizeof p->trend[0]);
	p->trend[p->n_trend++] = footprint;
}

/* Per second, rounded to the nearest. */
static uint64_t
rate(uint64_t before, uint64_t after, uint64_t elapsed_ns)
{
	double v = (double)(after - before) * 1e9 / (double)elapsed_ns;

	return v < 1e18 ? (uint64_t)(v + 0.5) : (uint64_t)1e18;
}

static void
compute_rates(struct mg_proc *p, const struct mg_reply_stats *now, uint64_t elapsed_ns)
{
	for (size_t i = 0; i < MG_REPLY_STATS; i++) {
		const struct mg_stat *s = &mg_snapshot_stats[i];
		uint64_t before, after;

		if (s->kind != MG_STAT_COUNTER)
			continue;
		before = mg_snapshot_number(&p->stats.values, s);
		after = mg_snapshot_number(&now->values, s);
		p->rates[i] = after > before ? rate(before, after, elapsed_ns) : 0;
	}
}

/* After exec the same process id tells of another program, whose counters start at 0. */
static bool
is_another(const struct mg_reply_stats *before, const struct mg_reply_stats *now)
{
	return now->values.uptime_ms < before->values.uptime_ms;
}

void
mg_procs_stats(struct mg_procs *p, int pid, char *body, uint64_t now_ns)
{
	struct mg_proc *proc = mg_procs_find(p, pid);
	struct mg_reply_stats now;

	if (proc == NULL)
		return;
	mg_reply_parse_stats(body, &now);
	if (proc->has_stats && is_another(&proc->stats, &now)) {
		proc->has_stats = false;
		proc->n_trend = 0;
	}
	proc->has_rates = proc->has_stats && now_ns > proc->at_ns;
	if (proc->has_rates)
		compute_rates(proc, &now, now_ns - proc->at_ns);
	proc->stats = now;
	proc->has_stats = true;
	proc->at_ns = now_ns;
	add_trend(proc, now.values.heap_footprint_bytes);
}

/* The footprint that the process had so long ago; false for a time before its first point. */
static bool
footprint_at(const struct mg_reply_point *points, size_t n, uint64_t age_ms, uint64_t *out)
{
	bool found = false;

	for (size_t i = 0; i < n && points[i].age_ms >= age_ms; i++) {
		*out = points[i].heap_footprint_bytes;
		found = true;
	}
	return found;
}

void
mg_procs_history(
    struct mg_procs *p, int pid, const struct mg_reply_point *points, size_t n, uint64_t step_ns)
{
	struct mg_proc *proc = mg_procs_find(p, pid);
	uint64_t step_ms = step_ns / MG_NS_PER_MS, footprint;
	uint64_t seen[MG_PROCS_TREND];
	size_t n_seen, room;

	if (proc == NULL || n == 0)
		return;
	if (step_ms == 0)
		step_ms = points[0].age_ms / PICTURE + 1;
	n_seen = proc->n_trend;
	memcpy(seen, proc->trend, n_seen * sizeof seen[0]);
	proc->n_trend = 0;
	room = MG_PROCS_TREND - n_seen;
	for (size_t k = room; k > 0; k--)
		if (footprint_at(points, n, k * step_ms, &footprint))
			add_trend(proc, footprint);
	for (size_t k = 0; k < n_seen; k++)
		add_trend(proc, seen[k]);
}

void
mg_procs_prune(struct mg_procs *p, int keep_pid, uint64_t now_ns)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct mg_proc *proc = p->list[i];
		bool over =
		    proc->health == MG_HEALTH_ENDED && now_ns - proc->ended_ns > ENDED_SHOWN_NS;

		if (over && proc->pid != keep_pid)
			free(proc);
		else
			p->list[kept++] = proc;
	}
	p->n = kept;
}

void
mg_procs_free(struct mg_procs *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->list[i]);
	free(p->list);
	*p = (struct mg_procs){ 0 };
}

uint64_t
mg_procs_number(const struct mg_proc *p, size_t stat)
{
	return p->has_stats && p->stats.has[stat]
		   ? mg_snapshot_number(&p->stats.values, &mg_snapshot_stats[stat])
		   : 0;
}

int
mg_procs_parent(const struct mg_proc *p)
{
	if (p->parent_pid > 0 || !p->has_stats)
		return p->parent_pid;
	return (int)p->stats.values.parent_pid;
}

const char *
mg_procs_state(const struct mg_proc *p)
{
	switch (p->health) {
	case MG_HEALTH_NEW: return "starting";
	case MG_HEALTH_STOPPED: return "stopped";
	case MG_HEALTH_SILENT: return "silent";
	case MG_HEALTH_ENDED: return "ended";
	case MG_HEALTH_ANSWERS: break;
	}
	return p->stats.has[MG_REPLY_STAT_state] ? p->stats.values.state : "-";
}

const char *
mg_procs_command(const struct mg_proc *p)
{
	return p->stats.has[MG_REPLY_STAT_command] ? p->stats.values.command : p->name;
}
