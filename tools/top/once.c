/* SPDX-License-Identifier: MIT */
#include "tools/top/once.h"

#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "tools/common/fleet.h"
#include "tools/top/canvas.h"
#include "tools/top/model.h"
#include "tools/top/tableview.h"

/* Wide enough for every column, and for long names. */
#define PIPE_WIDTH 180

void
mg_once_init(struct mg_once *o)
{
	struct mg_table t = { 0 };

	mg_table_init(&t);
	*o = (struct mg_once){ .sort = t.sort, .interval_ns = MG_NS_PER_S / 4 };
}

/* The console of the kernel decodes UTF-8, but its fonts lack most of the blocks. */
bool
mg_once_is_ascii(void)
{
	const char *term = getenv("TERM");

	return strcmp(nl_langinfo(CODESET), "UTF-8") != 0 ||
	       (term != NULL && strcmp(term, "linux") == 0);
}

/* One round, to its end: the slowest process costs its deadline once, however many there are. */
static void
look(struct mg_fleet *f)
{
	mg_fleet_begin(f, mg_sys_now_ns());
	while (f->busy > 0)
		mg_fleet_wait(f, -1, mg_sys_now_ns() + MG_NS_PER_S);
}

static int
report_missing(const struct mg_once *o, const struct mg_procs *procs)
{
	int status = 0;

	for (size_t i = 0; i < o->n_pids; i++) {
		if (mg_procs_find(procs, o->pids[i]) != NULL)
			continue;
		fprintf(stderr,
		    "%d is not governed, or its governor has not started; `memgov stats %d` says "
		    "more\n",
		    o->pids[i], o->pids[i]);
		status = 1;
	}
	return status;
}

static void
report_nothing(const struct mg_sockets *s, const struct mg_table *t)
{
	if (s->refused[0] != '\0')
		fprintf(stderr, "not looked into: %s\n", s->refused);
	else if (t->n == 0 && t->filter[0] == '\0')
		fputs("no governed process is running; start one with: memgov run -- COMMAND\n",
		    stderr);
}

int
mg_once_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize w;
	uint64_t n;

	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
		return w.ws_col;
	if (columns != NULL && mg_text_parse_u64(columns, &n) == 0 && n >= 20 && n <= 1000)
		return (int)n;
	return PIPE_WIDTH;
}

static void
print_canvas(const struct mg_canvas *c)
{
	char line[4096];

	for (int row = 0; row < c->height; row++) {
		mg_canvas_row_text(c, row, line, sizeof line);
		puts(line);
	}
}

static int
collect(struct mg_fleet *f, struct mg_model *m, const struct mg_once *o)
{
	f->sink = mg_model_sink(m);
	f->only = o->pids;
	f->n_only = o->n_pids;
	if (mg_model_init(m) != 0)
		return -1;
	if (o->filter != NULL)
		snprintf(m->table.filter, sizeof m->table.filter, "%s", o->filter);
	if (o->columns != NULL)
		m->table.choice = *o->columns;
	mg_table_sort_by(&m->table, o->sort);
	look(f);
	return 0;
}

int
mg_once_table(const struct mg_once *o)
{
	struct mg_fleet f = { 0 };
	struct mg_model m;
	struct mg_canvas c = { .ascii = mg_once_is_ascii() };
	int status;

	if (collect(&f, &m, o) != 0)
		return 1;
	mg_fleet_wait(&f, -1, mg_sys_now_ns() + o->interval_ns);
	look(&f);
	/* At the end of time, so that those which ended in between are left out. */
	mg_model_settle(&m, UINT64_MAX);
	if (mg_canvas_clear(&c, mg_once_width(), (int)m.table.n + 1) == 0) {
		mg_tableview_draw(&m.table, &c, 0, c.height < 2 ? 2 : c.height, false);
		print_canvas(&c);
	}
	report_nothing(&f.sockets, &m.table);
	status = report_missing(o, &m.procs);
	mg_canvas_free(&c);
	mg_model_free(&m);
	mg_fleet_end(&f);
	return status;
}

static void
print_json_value(const struct mg_proc *p, size_t i)
{
	const struct mg_stat *stat = &mg_snapshot_stats[i];
	char buf[512];
	struct mg_text t;

	mg_text_init(&t, buf, sizeof buf);
	mg_text_add_json(&t, stat->name);
	mg_text_add(&t, ":");
	if (stat->kind == MG_STAT_LABEL)
		mg_text_add_json(&t, mg_snapshot_label(&p->stats.values, stat));
	else
		mg_text_add(&t, "%lu", mg_snapshot_number(&p->stats.values, stat));
	fputs(buf, stdout);
}

/* What a process did not send is left out, so that a reader can tell it from 0. The process id is
 * the one that it is asked by: in a PID namespace of its own it thinks that it has another. */
static void
print_json(const struct mg_proc *p)
{
	printf("{\"pid\":%d", p->pid);
	for (size_t i = 0; i < MG_REPLY_STATS; i++) {
		if (!p->stats.has[i] || i == MG_REPLY_STAT_pid)
			continue;
		fputs(",", stdout);
		print_json_value(p, i);
	}
	if (p->health != MG_HEALTH_ANSWERS)
		printf(",\"health\":\"%s\"", mg_procs_state(p));
	fputs("}", stdout);
}

int
mg_once_json(const struct mg_once *o)
{
	struct mg_fleet f = { 0 };
	struct mg_model m;
	int status;

	if (collect(&f, &m, o) != 0)
		return 1;
	mg_model_settle(&m, mg_sys_now_ns());
	fputs("[", stdout);
	for (size_t i = 0; i < m.table.n; i++) {
		fputs(i > 0 ? ",\n" : "", stdout);
		print_json(m.table.rows[i]);
	}
	fputs("]\n", stdout);
	status = report_missing(o, &m.procs);
	mg_model_free(&m);
	mg_fleet_end(&f);
	return status;
}
