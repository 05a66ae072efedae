/* SPDX-License-Identifier: MIT */
#include "tools/doctor/census.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "tools/common/fleet.h"

#define LIBRARY "libmemgov.so"

const char *
mg_governed_name(enum mg_governed governed)
{
	static const char *const names[] = { "no", "yes", "silent", "unknown" };

	return names[governed];
}

enum mg_governed
mg_census_look(int pid)
{
	bool is_mapped;

	if (mg_process_read_mapped(pid, LIBRARY, &is_mapped) != 0)
		return MG_GOVERNED_UNKNOWN;
	return is_mapped ? MG_GOVERNED_SILENT : MG_GOVERNED_NO;
}

static int
by_memory(const void *a, const void *b)
{
	const struct mg_census_process *x = a, *y = b;

	if (x->memory.rss_bytes != y->memory.rss_bytes)
		return x->memory.rss_bytes < y->memory.rss_bytes ? 1 : -1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static int
by_name(const void *a, const void *b)
{
	const struct mg_census_process *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
find_crowd(struct mg_census_process *list, size_t n, struct mg_census *out)
{
	size_t end;

	qsort(list, n, sizeof *list, by_name);
	for (size_t i = 0; i < n; i = end) {
		uint64_t bytes = 0;

		for (end = i; end < n && strcmp(list[end].name, list[i].name) == 0; end++)
			bytes += list[end].memory.anonymous_bytes;
		if (end - i < 2 || bytes <= out->crowd_bytes)
			continue;
		memcpy(out->crowd, list[i].name, sizeof out->crowd);
		out->crowd_n = end - i;
		out->crowd_bytes = bytes;
	}
}

void
mg_census_rank(struct mg_census_process *list, size_t n, struct mg_census *out)
{
	*out = (struct mg_census){ .processes = n };
	if (n == 0)
		return;
	qsort(list, n, sizeof *list, by_memory);
	for (; out->n < n && out->n < MG_CENSUS_ROWS; out->n++) {
		struct mg_census_row *row = &out->rows[out->n];

		row->pid = list[out->n].pid;
		row->memory = list[out->n].memory;
		memcpy(row->name, list[out->n].name, sizeof row->name);
	}
	find_crowd(list, n, out);
}

/* Adds one, if it is a process with memory. 0 or -ENOMEM. */
static int
take(int pid, struct mg_census_process **list, size_t *n, size_t *cap)
{
	struct mg_census_process x = { .pid = pid };
	struct mg_process p;

	if (mg_process_read_memory(pid, &x.memory) != 0 || x.memory.rss_bytes == 0 ||
	    mg_process_read(pid, &p) != 0)
		return 0;
	memcpy(x.name, p.name, sizeof x.name);
	if (*n == *cap) {
		size_t more = *cap > 0 ? *cap * 2 : 256;
		struct mg_census_process *grown = realloc(*list, more * sizeof *grown);

		if (grown == NULL)
			return -ENOMEM;
		*list = grown;
		*cap = more;
	}
	(*list)[(*n)++] = x;
	return 0;
}

static int
list_processes(struct mg_census_process **list, size_t *n)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	size_t cap = 0;
	uint64_t pid;
	int err = 0;

	if (dir == NULL)
		return -errno;
	while (err == 0 && (e = readdir(dir)) != NULL)
		if (mg_text_parse_u64(e->d_name, &pid) == 0 && pid <= INT_MAX)
			err = take((int)pid, list, n, &cap);
	closedir(dir);
	return err;
}

static struct mg_census_row *
find_row(struct mg_census *c, int pid)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].pid == pid)
			return &c->rows[i];
	return NULL;
}

static void
take_reply(
    void *context, const struct mg_peer *p, enum mg_ask ask, int result, char *text, uint64_t now)
{
	struct mg_census *c = context;
	struct mg_census_row *row = find_row(c, p->socket.pid);
	struct mg_reply_stats stats;
	char *body;

	(void)now;
	if (ask != MG_ASK_STATS || result != 0 || mg_reply_open(text, &body) != 0)
		return;
	mg_reply_parse_stats(body, &stats);
	c->limited += stats.values.heap_limit_bytes > 0;
	c->limits_bytes += stats.values.heap_limit_bytes;
	if (stats.values.refused_allocs > 0) {
		c->refusing++;
		c->refusing_pid = p->socket.pid;
	}
	if (row != NULL) {
		row->has_stats = true;
		row->stats = stats;
	}
}

static void
take_health(void *context, const struct mg_peer *p, uint64_t now)
{
	(void)context;
	(void)p;
	(void)now;
}

/* One round, to its end: the slowest process costs its deadline once. */
static int
ask_governed(struct mg_census *c)
{
	struct mg_fleet f = { .sink = { c, take_reply, take_health } };
	int err = mg_fleet_begin(&f, mg_sys_now_ns());

	while (f.busy > 0)
		mg_fleet_wait(&f, -1, mg_sys_now_ns() + MG_NS_PER_S);
	c->governed = f.n;
	for (size_t i = 0; i < c->n; i++)
		c->rows[i].governed = mg_sockets_find(&f.sockets, c->rows[i].pid) != NULL
					  ? MG_GOVERNED_YES
					  : mg_census_look(c->rows[i].pid);
	mg_fleet_end(&f);
	return err;
}

int
mg_census_read(struct mg_census *out)
{
	struct mg_census_process *list = NULL;
	size_t n = 0;
	int err = list_processes(&list, &n);

	if (err == 0) {
		mg_census_rank(list, n, out);
		err = ask_governed(out);
	}
	free(list);
	return err;
}
